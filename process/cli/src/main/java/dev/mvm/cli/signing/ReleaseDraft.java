package dev.mvm.cli.signing;

import dev.mvm.json.Json;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.authoring.Attestation;
import dev.mvm.protocol.trust.authoring.GrantRelease;
import dev.mvm.protocol.trust.authoring.NodeLabel;
import java.util.List;
import java.util.Optional;

/// To which nodes a grant lets a tenant's keys go, before it is signed.
///
/// @param most how many nodes may have the keys at a time; empty for as many as are named
public record ReleaseDraft(
        List<NodeId> nodes, List<NodeLabel> labels, boolean any, Optional<Integer> most, Attestation attestation) {
    /// Stands for a release that says nothing yet, in the form of a grant's member. Not a valid one.
    static final Json BLANK = Json.object()
            .put("nodes", List.of())
            .put("labels", List.of())
            .put("any", 0)
            .put("max_nodes", 0)
            .put("attestation", Attestation.SOFTWARE.word())
            .end();

    public ReleaseDraft {
        nodes = List.copyOf(nodes);
        labels = List.copyOf(labels);
    }

    /// Returns whether it says anything.
    public boolean given() {
        return any || !nodes.isEmpty() || !labels.isEmpty() || most.isPresent();
    }

    /// Returns the release.
    ///
    /// @throws IllegalArgumentException if it names no node, or does not say how many there may be
    public GrantRelease release() {
        return new GrantRelease(
                nodes, labels, any, most.orElseGet(() -> most(nodes.size(), any || !labels.isEmpty())), attestation);
    }

    /// Returns how many nodes may have the keys at a time if that is not said: as many as are named.
    ///
    /// @param nodes that are named
    /// @param open whether others may have them, too
    /// @throws IllegalArgumentException if that could be any number
    static int most(int nodes, boolean open) {
        if (open) {
            throw new IllegalArgumentException(
                    "say how many nodes may have the keys at a time: --keys-max-nodes, or release.max_nodes");
        }
        return Math.max(nodes, 1);
    }
}
