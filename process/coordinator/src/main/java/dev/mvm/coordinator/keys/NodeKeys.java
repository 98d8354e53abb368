package dev.mvm.coordinator.keys;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.store.Txn;
import dev.mvm.crypto.tenantkeys.NodePublicKey;
import dev.mvm.model.NodeId;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The public keys of nodes, as operators have enrolled them. A node's own claim is not used: an attacker who speaks
/// for it on the network could name another key.
public final class NodeKeys {
    private static final Logger LOG = LoggerFactory.getLogger(NodeKeys.class);

    private final FleetStore records;

    NodeKeys(FleetStore records) {
        this.records = records;
    }

    /// Returns the node's key; empty if no key was enrolled.
    public Optional<NodePublicKey> of(NodeId node) throws StoreException {
        var entry = records.store().get(FleetKeys.nodeKey(node));
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

    /// Enrols a node's key. Tenants' keys are encrypted to `key` from now on.
    public void enrol(NodeId node, NodePublicKey key) throws StoreException {
        var _ = records.store().txn(Txn.of(Op.put(FleetKeys.nodeKey(node), ByteString.copyFromUtf8(key.base64()))));
        LOG.info("node {} has the key {}", node, key.fingerprint());
    }
}
