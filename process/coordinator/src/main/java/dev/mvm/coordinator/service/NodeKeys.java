package dev.mvm.coordinator.service;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.store.Txn;
import dev.mvm.crypto.tenantkeys.NodePublicKey;
import dev.mvm.model.NodeId;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The public keys of nodes, as operators have enrolled them. What a node says of itself is not asked: whoever speaks
/// for it on the network could name a key of their own.
final class NodeKeys {
    private static final Logger LOG = LoggerFactory.getLogger(NodeKeys.class);

    private final FleetStore records;

    NodeKeys(FleetStore records) {
        this.records = records;
    }

    /// The node's key; empty if none was enrolled.
    Optional<NodePublicKey> of(NodeId node) throws StoreException {
        var entry = records.store().get(FleetStore.nodeKey(node));
        return entry.isEmpty()
                ? Optional.empty()
                : Optional.of(read(node, entry.get().value().toStringUtf8()));
    }

    private static NodePublicKey read(NodeId node, String text) throws StoreException {
        try {
            return NodePublicKey.ofBase64(text);
        } catch (IllegalArgumentException e) {
            throw new StoreException(StoreException.Kind.UNAVAILABLE, "the key of node " + node + " is damaged");
        }
    }

    /// Keys are sealed to `key` from now on.
    void enrol(NodeId node, NodePublicKey key) throws StoreException {
        var _ = records.store().txn(Txn.of(Op.put(FleetStore.nodeKey(node), ByteString.copyFromUtf8(key.base64()))));
        LOG.info("node {} has the key {}", node, key.fingerprint());
    }
}
