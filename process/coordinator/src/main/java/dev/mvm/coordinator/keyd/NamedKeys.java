package dev.mvm.coordinator.keyd;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.fleet.NamedKey;
import dev.mvm.coordinator.fleet.Records;
import dev.mvm.coordinator.states.StateKeys;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.Key;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.store.Txn;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.keyd.service.KeydClient;
import dev.mvm.protocol.keyd.service.KeydException;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.TenantKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Names the key service's keys in states: id, purpose, version and check value. The keys themselves come in blobs.
public final class NamedKeys implements StateKeys {
    private static final Logger LOG = LoggerFactory.getLogger(NamedKeys.class);

    private final KeydClient client;
    private final FleetStore records;

    NamedKeys(KeydClient client, FleetStore records) {
        this.client = client;
        this.records = records;
    }

    /// Brings the store up to the keys that the service has. A service that does not answer changes nothing.
    void refresh() throws StoreException {
        List<KeydReply.StoredKey> keys;
        try {
            keys = client.keys(Optional.empty());
        } catch (KeydException e) {
            return; // which the documents have told already
        }
        var now = new HashMap<Key, ByteString>();
        keys.forEach(key -> named(key)
                .ifPresent(name ->
                        now.put(FleetKeys.namedKey(key.tenant(), key.id()), FleetStore.bytes(Records.bytes(name)))));
        var steps = new ArrayList<Op>();
        for (var entry : records.store().range(FleetKeys.NAMED_KEYS).entries()) {
            var next = now.remove(entry.key());
            if (next == null) {
                steps.add(Op.delete(entry.key()));
            } else if (!next.equals(entry.value())) {
                steps.add(Op.put(entry.key(), next));
            }
        }
        now.forEach((key, name) -> steps.add(Op.put(key, name)));
        if (!steps.isEmpty()) {
            records.store().txn(new Txn(List.of(), steps, List.of()));
            LOG.info("{} keys of the key service have changed", steps.size());
        }
    }

    private static Optional<NamedKey> named(KeydReply.StoredKey key) {
        return key.versions().stream()
                .filter(version -> version.version() == key.primary())
                .findFirst()
                .map(primary ->
                        new NamedKey(key.tenant(), key.id(), key.purpose(), primary.version(), primary.check()));
    }

    /// Names the keys of tenants that the node may run, as far as the service has them and their grants allow them.
    @Override
    public StateContent added(FleetState fleet, NodeId node, StateContent content) throws StoreException {
        var stored = new HashMap<Key, Entry>();
        for (var entry : records.store().range(FleetKeys.NAMED_KEYS).entries()) {
            stored.put(entry.key(), entry);
        }
        var tenants = new ArrayList<StateContent.Tenant>();
        for (var tenant : content.tenants()) {
            boolean here =
                    tenant.pools().stream().anyMatch(pool -> pool.counts().total() > 0);
            var granted = fleet.member(tenant.tenant())
                    .flatMap(FleetState.Member::grant)
                    .filter(_ -> here)
                    .map(grant -> grant.keys())
                    .orElse(List.of());
            var keys = new ArrayList<TenantKey>();
            for (var key : granted) {
                named(stored, FleetKeys.namedKey(tenant.tenant(), key.id()), key)
                        .ifPresent(keys::add);
            }
            tenants.add(tenant.with(keys));
        }
        return new StateContent(content.grants(), tenants, content.mode());
    }

    private static Optional<TenantKey> named(Map<Key, Entry> stored, Key at, Grant.Key granted) throws StoreException {
        var entry = Optional.ofNullable(stored.get(at));
        if (entry.isEmpty()) {
            return Optional.empty();
        }
        var key = FleetStore.namedKey(entry.get());
        return Optional.of(key)
                .filter(name -> name.purpose() == granted.purpose() && name.version() >= granted.minVersion())
                .map(name -> new TenantKey(name.id(), name.purpose(), name.version(), name.check()));
    }
}
