package dev.mvm.cli.signing;

import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.authoring.BootId;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Node documents before they are signed.
public final class NodeDraft {
    private static final int MAX_DAYS = 3650;

    private NodeDraft() {}

    /// Returns the first document of a node, issued now.
    ///
    /// @param fleet digest of the first trust root
    /// @param days validity, 1 to 3650
    /// @param key that the node signs with; a node without one gets no tenant key
    /// @throws IllegalArgumentException if a number is out of range
    public static NodeDocument first(
            Digest fleet, NodeId node, int version, int days, Optional<VerifyKey> key, NodeTraits traits) {
        if (days < 1 || days > MAX_DAYS) {
            throw new IllegalArgumentException("days out of range: " + days + ", must be 1 to " + MAX_DAYS);
        }
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        return new NodeDocument(fleet, node, version, now, now.plus(Duration.ofDays(days)), key, traits);
    }

    /// Returns the document that follows `current`, issued now.
    public static NodeDocument after(NodeDocument current, int days, Optional<VerifyKey> key, NodeTraits traits) {
        return first(current.fleet(), current.node(), Math.addExact(current.version(), 1), days, key, traits);
    }

    /// Returns `traits` with further boots that get keys. Of more than a document has room for, the oldest go.
    public static NodeTraits admitting(NodeTraits traits, List<BootId> boots) {
        var all = new ArrayList<>(traits.admitted());
        all.removeAll(boots);
        all.addAll(boots);
        int surplus = Math.max(0, all.size() - NodeTraits.MAX_ADMITTED);
        return new NodeTraits(
                traits.labels(),
                traits.domain(),
                traits.largest(),
                traits.maxTenants(),
                traits.reboot(),
                traits.ek(),
                all.subList(surplus, all.size()));
    }
}
