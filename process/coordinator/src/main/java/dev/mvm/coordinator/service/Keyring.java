package dev.mvm.coordinator.service;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.coordinator.fleet.Records;
import dev.mvm.coordinator.fleet.SealedCopy;
import dev.mvm.coordinator.fleet.StoredTenantKey;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.Key;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.store.Txn;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.crypto.tenantkeys.HpkeSealer;
import dev.mvm.crypto.tenantkeys.KeyAuthority;
import dev.mvm.crypto.tenantkeys.KeyException;
import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.crypto.tenantkeys.NodePublicKey;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.SealedKey;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tenants' keys in the store: wrapped by the authority, and sealed for the nodes that need them. A plain key exists
/// for as long as it takes to seal it.
public final class Keyring implements StateKeys {
    private static final Logger LOG = LoggerFactory.getLogger(Keyring.class);
    private static final int TRIES = 20;

    private final FleetStore records;
    private final NodeKeys nodeKeys;
    private final KeyAuthority authority;
    private final HpkeSealer sealer;
    private final InstantSource clock;

    public Keyring(FleetStore records, KeyAuthority authority, HpkeSealer sealer, InstantSource clock) {
        this.records = records;
        this.nodeKeys = new NodeKeys(records);
        this.authority = authority;
        this.sealer = sealer;
        this.clock = clock;
    }

    /// One try: empty if something has changed meanwhile.
    @FunctionalInterface
    private interface Attempt<T> {
        Optional<T> run() throws StoreException, KeyException, ProblemException;
    }

    private static <T> T retry(Attempt<T> attempt) throws StoreException, KeyException, ProblemException {
        for (int i = 0; i < TRIES; i++) {
            var done = attempt.run();
            if (done.isPresent()) {
                return done.get();
            }
        }
        throw new ProblemException(Fault.UNAVAILABLE, "contended", "too many changes at once; try again");
    }

    NodeKeys nodeKeys() {
        return nodeKeys;
    }

    KeyAuthority authority() {
        return authority;
    }

    /// Keys go to the nodes that have instances of their tenant to run, and to no others.
    @Override
    public StateContent added(FleetState fleet, NodeId node, StateContent content) throws StoreException {
        var receiver = nodeKeys.of(node);
        var tenants = new ArrayList<StateContent.Tenant>();
        var wanted = new HashSet<Key>();
        for (var tenant : content.tenants()) {
            boolean here =
                    tenant.pools().stream().anyMatch(pool -> pool.counts().total() > 0);
            var granted = fleet.member(tenant.tenant())
                    .flatMap(FleetState.Member::grant)
                    .map(grant -> grant.keys())
                    .orElse(List.of());
            var keys = new ArrayList<SealedKey>();
            if (here && receiver.isPresent()) {
                for (var key : granted) {
                    sealed(node, receiver.get(), tenant.tenant(), key).ifPresent(keys::add);
                }
            }
            keys.forEach(key -> wanted.add(FleetStore.sealedKey(node, tenant.tenant(), key.id())));
            tenants.add(tenant.with(keys));
        }
        forget(node, wanted);
        return new StateContent(content.grants(), tenants);
    }

    /// Drops the copies of keys that the node's state has no more.
    private void forget(NodeId node, Set<Key> wanted) throws StoreException {
        var gone = records.store().range(FleetStore.sealedFor(node)).entries().stream()
                .map(Entry::key)
                .filter(key -> !wanted.contains(key))
                .<Op>map(Op::delete)
                .toList();
        if (!gone.isEmpty()) {
            var _ = records.store().txn(Txn.of(gone.toArray(Op[]::new)));
        }
    }

    /// A key for a node, or none if it cannot be made now: a state without it is better than no state. A copy that the
    /// node has already is not taken back for that.
    private Optional<SealedKey> sealed(NodeId node, NodePublicKey receiver, TenantId tenant, Grant.Key granted)
            throws StoreException {
        var at = FleetStore.sealedKey(node, tenant, granted.id());
        try {
            return Optional.of(retry(() -> {
                var kept = records.store().get(at);
                var copy = kept.isPresent()
                        ? Optional.of(FleetStore.sealedCopy(kept.get()))
                        : Optional.<SealedCopy>empty();
                var keyEntry = records.store().get(FleetStore.tenantKeyKey(tenant, granted.id()));
                var key = current(keyEntry, tenant, granted);
                if (key.isEmpty()) {
                    return Optional.empty();
                }
                if (copy.isPresent() && fits(copy.get(), receiver, key.get())) {
                    return copy.map(SealedCopy::key);
                }
                var fresh = seal(node, receiver, key.get());
                var step = Op.put(at, FleetStore.bytes(Records.bytes(new SealedCopy(receiver.fingerprint(), fresh))));
                boolean held = records.commit(
                        Map.of(FleetStore.tenantKeyKey(tenant, granted.id()), keyEntry, at, kept), List.of(step));
                return held ? Optional.of(fresh) : Optional.empty();
            }));
        } catch (KeyException e) {
            LOG.error(
                    "key {} of {} for node {}: {}: {}",
                    granted.id(),
                    tenant,
                    node,
                    e.reason().code(),
                    e.getMessage());
        } catch (ProblemException e) {
            LOG.error("key {} of {} for node {}: {}", granted.id(), tenant, node, e.getMessage());
        }
        var kept = records.store().get(at);
        return kept.isPresent()
                ? Optional.of(FleetStore.sealedCopy(kept.get()))
                        .filter(copy -> copy.receiver().equals(receiver.fingerprint())
                                && copy.key().purpose() == granted.purpose()
                                && copy.key().version() >= granted.minVersion())
                        .map(SealedCopy::key)
                : Optional.empty();
    }

    private static boolean fits(SealedCopy copy, NodePublicKey receiver, StoredTenantKey key) {
        return copy.receiver().equals(receiver.fingerprint())
                && copy.key().purpose() == key.purpose()
                && copy.key().version() == key.newest().version();
    }

    private SealedKey seal(NodeId node, NodePublicKey receiver, StoredTenantKey key) throws KeyException {
        var newest = key.newest();
        var aad = SealedKey.aad(node, key.tenant(), key.id(), key.purpose(), newest.version());
        var blob = authority.lend(
                key.place(newest.version()),
                newest.wrapped(),
                plain -> sealer.seal(receiver, SealedKey.info(), aad, plain));
        return new SealedKey(key.id(), key.purpose(), newest.version(), blob.enc(), blob.sealed());
    }

    /// The key as it is to be; one that is missing, or that its grant has revoked, is made first.
    ///
    /// @return empty if it was made, so that it has to be read again
    private Optional<StoredTenantKey> current(Optional<Entry> entry, TenantId tenant, Grant.Key granted)
            throws StoreException, KeyException, ProblemException {
        if (entry.isEmpty()) {
            var _ = make(entry, tenant, granted.id(), granted.purpose(), granted.minVersion());
            return Optional.empty();
        }
        var key = FleetStore.tenantKeyOf(entry.get());
        if (key.purpose() != granted.purpose()) {
            throw new ProblemException(
                    Fault.CONFLICT,
                    "key_purpose",
                    "the grant says " + granted.purpose().word() + ", and the key was made for "
                            + key.purpose().word() + ": give the new one another id");
        }
        if (key.newest().version() < granted.minVersion()) {
            var _ = make(entry, tenant, granted.id(), granted.purpose(), granted.minVersion());
            return Optional.empty();
        }
        return Optional.of(key);
    }

    /// Makes the next version.
    ///
    /// @param least what its number is at least
    /// @return empty if something has changed meanwhile
    private Optional<StoredTenantKey> make(
            Optional<Entry> entry, TenantId tenant, KeyName id, KeyPurpose purpose, int least)
            throws StoreException, KeyException, ProblemException {
        var before = entry.isPresent()
                ? Optional.of(FleetStore.tenantKeyOf(entry.get()))
                : Optional.<StoredTenantKey>empty();
        int last = before.map(key -> key.newest().version()).orElse(0);
        if (last == Integer.MAX_VALUE) {
            throw new ProblemException(Fault.CONFLICT, "key_exhausted", "the key has had all versions that there are");
        }
        int number = Math.max(last + 1, least);
        var place = new KeyPlace(tenant, id, purpose, number);
        var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        var version = new StoredTenantKey.Version(number, authority.make(place), now);
        var held = holders(tenant, id);
        StoredTenantKey next;
        try {
            next = before.isPresent()
                    ? before.get().with(version, held::containsKey)
                    : new StoredTenantKey(tenant, id, purpose, List.of(version));
        } catch (IllegalArgumentException e) {
            throw new ProblemException(
                    Fault.CONFLICT,
                    "key_versions",
                    "nodes still have " + StoredTenantKey.MAX_VERSIONS + " versions of it");
        }
        var at = FleetStore.tenantKeyKey(tenant, id);
        if (!records.commit(Map.of(at, entry), List.of(Op.put(at, FleetStore.bytes(Records.bytes(next)))))) {
            return Optional.empty();
        }
        LOG.info("key {} of {} has version {}", id, tenant, number);
        return Optional.of(next);
    }

    /// Which nodes' states carry which version of a key.
    Map<Integer, List<String>> holders(TenantId tenant, KeyName id) throws StoreException {
        return holders().getOrDefault(tenant + "/" + id, Map.of());
    }

    /// The same of all keys, by `TENANT/KEY`.
    Map<String, Map<Integer, List<String>>> holders() throws StoreException {
        var out = new HashMap<String, Map<Integer, List<String>>>();
        for (var entry : records.store().range(FleetStore.SEALED).entries()) {
            var parts = entry.key().path().split("/", 4); // "", "sealed", the node, and the key's name
            int version = FleetStore.sealedCopy(entry).key().version();
            out.computeIfAbsent(parts[3], _ -> new HashMap<>())
                    .computeIfAbsent(version, _ -> new ArrayList<>())
                    .add(parts[2]);
        }
        return out;
    }

    /// Makes the next version of a key, and so a new state for each node that has it.
    StoredTenantKey rotate(TenantId tenant, KeyName id) throws StoreException, KeyException, ProblemException {
        return retry(() -> {
            var entry = records.store().get(FleetStore.tenantKeyKey(tenant, id));
            if (entry.isEmpty()) {
                throw new ProblemException(
                        Fault.MISSING, "unknown_key", "there is no key " + id + " of " + tenant + ": a grant names it");
            }
            return make(entry, tenant, id, FleetStore.tenantKeyOf(entry.get()).purpose(), 1);
        });
    }

    /// What came of wrapping keys anew.
    record Rewrapped(int changed, int unchanged) {}

    /// Wraps every version of every key by the newest master. No key and no state changes.
    Rewrapped rewrap() throws StoreException, KeyException, ProblemException {
        int changed = 0;
        int unchanged = 0;
        for (var each : records.store().range(FleetStore.KEYS).entries()) {
            int done = retry(() -> rewrap(each.key()));
            changed += done;
            unchanged += FleetStore.tenantKeyOf(each).versions().size() - done;
        }
        LOG.info("{} keys are wrapped by another master than before, {} were already", changed, unchanged);
        return new Rewrapped(changed, Math.max(0, unchanged));
    }

    private Optional<Integer> rewrap(Key at) throws StoreException, KeyException {
        var entry = records.store().get(at);
        if (entry.isEmpty()) {
            return Optional.of(0);
        }
        var key = FleetStore.tenantKeyOf(entry.get());
        var versions = new ArrayList<StoredTenantKey.Version>();
        int changed = 0;
        for (var version : key.versions()) {
            var wrapped = authority.rewrap(key.place(version.version()), version.wrapped());
            changed += wrapped.equals(version.wrapped()) ? 0 : 1;
            versions.add(new StoredTenantKey.Version(version.version(), wrapped, version.madeAt()));
        }
        ByteString bytes = FleetStore.bytes(Records.bytes(key.with(versions)));
        boolean held = changed == 0 || records.commit(Map.of(at, entry), List.of(Op.put(at, bytes)));
        return held ? Optional.of(changed) : Optional.empty();
    }
}
