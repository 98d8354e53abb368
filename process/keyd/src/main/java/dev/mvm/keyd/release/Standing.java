package dev.mvm.keyd.release;

import dev.mvm.crypto.verify.KeyId;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import java.time.Instant;
import java.util.Optional;

/// Decides by the operators' documents and the store about serving at all. For any number of threads.
record Standing(ReleaseService.Parts parts) {
    /// Demands that keyd serves at all.
    void ready() throws RequestRefusedException {
        var root = parts.documents().root().value();
        if (!parts.clock().instant().isBefore(root.expires())) {
            throw new RequestRefusedException(
                    KeydReason.ROOT_EXPIRED, "the trust root expired at " + root.expires() + ": publish a newer one");
        }
        boolean trusted = root.roles().containsKey(Role.KEYS)
                && root.keys(Role.KEYS).keys().contains(parts.key().verifyKey());
        if (!trusted) {
            throw new RequestRefusedException(
                    KeydReason.NOT_THE_KEY_SERVICE,
                    "trust root " + root.version() + " does not give role keys to this mvm-keyd's key "
                            + parts.key().verifyKey().id().brief());
        }
        var stopped = parts.keys().stopped();
        if (!stopped.isEmpty()) {
            throw new RequestRefusedException(
                    stopped.equals(KeydReason.HELD.code()) ? KeydReason.HELD : KeydReason.STORE_BEHIND,
                    "the store lends no keys: " + stopped + "; mvm-keyd status says more");
        }
    }

    /// The document of a node that is served.
    NodeDocument document(NodeId node, Instant now) throws RequestRefusedException {
        var document = parts.documents()
                .node(node)
                .orElseThrow(() -> new RequestRefusedException(
                        KeydReason.NODE_UNKNOWN, "no document of node " + node + " was published here"))
                .value();
        if (document.identity().isEmpty()) {
            throw new RequestRefusedException(
                    KeydReason.NODE_REVOKED,
                    "the document of node " + node + ", version " + document.version() + ", has no identity key");
        }
        if (!now.isBefore(document.expires())) {
            throw new RequestRefusedException(
                    KeydReason.NODE_EXPIRED, "the document of node " + node + " expired at " + document.expires());
        }
        return document;
    }

    /// The identity key of this name, of whichever node; empty if no node has it.
    Optional<VerifyKey> identity(KeyId id) {
        return parts.documents().nodes().stream()
                .flatMap(node -> node.value().identity().stream())
                .filter(key -> key.id().equals(id))
                .findFirst();
    }
}
