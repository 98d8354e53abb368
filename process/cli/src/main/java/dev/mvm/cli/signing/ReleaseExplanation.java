package dev.mvm.cli.signing;

import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.authoring.Attestation;
import dev.mvm.protocol.trust.authoring.GrantRelease;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.NodeLabel;
import java.time.Instant;
import java.util.Optional;

/// An answer to the question of whether a tenant's keys may go to a node, by what operators have signed. The key
/// service looks at more than that: at what the node proves, and at how many nodes have the keys.
///
/// @param may whether they may
/// @param why in plain words, one line
public record ReleaseExplanation(NodeId node, boolean may, String why) {
    /// Explains one node.
    ///
    /// @param release of the tenant's grant; empty for a grant without one
    /// @param now the moment that counts for the document
    public static ReleaseExplanation of(Optional<GrantRelease> release, NodeDocument node, Instant now) {
        return against(release, node, now)
                .map(why -> new ReleaseExplanation(node.node(), false, why))
                .orElseGet(() -> new ReleaseExplanation(
                        node.node(), true, release.map(by -> by(by, node)).orElse("")));
    }

    private static Optional<String> against(Optional<GrantRelease> release, NodeDocument node, Instant now) {
        if (release.isEmpty()) {
            return Optional.of("the grant lets keys go to no node");
        }
        if (!release.get().names(node)) {
            return Optional.of("the grant names neither it nor one of its labels (" + labels(node) + ")");
        }
        if (node.identity().isEmpty()) {
            return Optional.of("its document has no key");
        }
        if (!now.isBefore(node.expires())) {
            return Optional.of("its document expired at " + node.expires());
        }
        if (release.get().attestation() == Attestation.TPM2
                && node.traits().ek().isEmpty()) {
            return Optional.of("the grant asks for tpm2, and its document has no ek");
        }
        return Optional.empty();
    }

    private static String labels(NodeDocument node) {
        var labels = node.traits().labels().stream().map(NodeLabel::value).toList();
        return labels.isEmpty() ? "it has none" : String.join(", ", labels);
    }

    private static String by(GrantRelease release, NodeDocument node) {
        if (release.any()) {
            return "any node";
        }
        if (release.nodes().contains(node.node())) {
            return "by its name";
        }
        var shared = node.traits().labels().stream()
                .filter(release.labels()::contains)
                .map(NodeLabel::value)
                .toList();
        return "by label " + String.join(", ", shared);
    }
}
