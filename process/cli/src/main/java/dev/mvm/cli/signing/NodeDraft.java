package dev.mvm.cli.signing;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.NodeDocument;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// Node documents before they are signed.
public final class NodeDraft {
    private static final int MAX_DAYS = 3650;

    private NodeDraft() {}

    /// Returns the first document of a node, issued now.
    ///
    /// @param fleet digest of the first trust root
    /// @param days validity, 1 to 3650
    /// @throws IllegalArgumentException if a number is out of range
    public static NodeDocument first(Digest fleet, NodeId node, int version, int days, Bytes key) {
        return document(fleet, node, version, days, Optional.of(key));
    }

    /// Returns the document that follows `current`, issued now.
    ///
    /// @param key empty for a node that is to get no keys any more
    public static NodeDocument after(NodeDocument current, int days, Optional<Bytes> key) {
        return document(current.fleet(), current.node(), Math.addExact(current.version(), 1), days, key);
    }

    private static NodeDocument document(Digest fleet, NodeId node, int version, int days, Optional<Bytes> key) {
        if (days < 1 || days > MAX_DAYS) {
            throw new IllegalArgumentException("days out of range: " + days + ", must be 1 to " + MAX_DAYS);
        }
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        return new NodeDocument(fleet, node, version, now, now.plus(Duration.ofDays(days)), key);
    }

    /// Returns a key's name: `x25519:` and the SHA-256 of its bytes in hexadecimal.
    public static String fingerprint(Bytes key) {
        return NodeDocument.KEY_PREFIX + Digest.of(key.array()).hex();
    }
}
