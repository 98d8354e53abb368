package dev.mvm.coordinator.keys;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.fleet.Records;
import dev.mvm.coordinator.fleet.Retries;
import dev.mvm.coordinator.fleet.SealedCopy;
import dev.mvm.coordinator.fleet.StoredTenantKey;
import dev.mvm.coordinator.states.StateKeys;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.Key;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.NodeReader;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.crypto.tenantkeys.HpkeSealer;
import dev.mvm.crypto.tenantkeys.KeyAuthority;
import dev.mvm.crypto.tenantkeys.KeyCheck;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tenants' keys in the store: wrapped by the authority, and encrypted to the nodes that need them. A plain key
/// exists only while it is being encrypted.
///
/// Thread-safe.
public final class Keyring implements StateKeys {
    private static final Logger LOG = LoggerFactory.getLogger(Keyring.class);

    private final FleetStore records;
    private final NodeKeys nodeKeys;
    private final SealedCopies copies;
    private final KeyAuthority authority;
    private final HpkeSealer sealer;
    private final NextVersion next;
    private final InstantSource clock;

    /// @param taken which versions of keys nodes have
    public Keyring(
            FleetStore records,
            NodeReader reader,
            KeyAuthority authority,
            HpkeSealer sealer,
            TakenVersions taken,
            InstantSource clock) {
        this.records = records;
        this.nodeKeys = new NodeKeys(records, reader, clock);
        this.copies = new SealedCopies(records);
        this.authority = authority;
        this.sealer = sealer;
        this.next = new NextVersion(taken);
        this.clock = clock;
    }

    public NodeKeys nodeKeys() {
        return nodeKeys;
    }

    public KeyAuthority authority() {
        return authority;
    }

    /// Adds a tenant's keys only for nodes that have instances of the tenant to run.
    @Override
    public StateContent added(FleetState fleet, NodeId node, StateContent content) throws StoreException {
        var receiver = nodeKeys.of(node);
        var earlier = receiver.isPresent() ? Optional.<NodePublicKey>empty() : nodeKeys.earlier(node);
        var tenants = new ArrayList<StateContent.Tenant>();
        var kept = new HashSet<Key>();
        for (var tenant : content.tenants()) {
            boolean here =
                    tenant.pools().stream().anyMatch(pool -> pool.counts().total() > 0);
            var granted = fleet.member(tenant.tenant())
                    .flatMap(FleetState.Member::grant)
                    .map(grant -> grant.keys())
                    .orElse(List.of());
            var keys = new ArrayList<SealedKey>();
            for (var key : here ? granted : List.<Grant.Key>of()) {
                if (receiver.isPresent()) {
                    sealed(node, receiver.get(), tenant.tenant(), key).ifPresent(keys::add);
                } else if (earlier.isPresent()) {
                    kept(node, earlier.get(), tenant.tenant(), key).ifPresent(keys::add);
                }
            }
            keys.forEach(key -> kept.add(FleetKeys.sealedKey(node, tenant.tenant(), key.id())));
            tenants.add(tenant.with(keys));
        }
        copies.retain(node, kept);
        return new StateContent(content.grants(), tenants, content.mode());
    }

    /// Returns a key encrypted to a node, or empty if the key cannot be made now: a state without it is better than
    /// no state. A copy that the node already has stays in its state even then.
    private Optional<SealedKey> sealed(NodeId node, NodePublicKey receiver, TenantId tenant, Grant.Key granted)
            throws StoreException {
        var at = FleetKeys.sealedKey(node, tenant, granted.id());
        try {
            return Optional.of(Retries.untilDone(() -> {
                var kept = records.store().get(at);
                var copy = SealedCopies.in(kept);
                var keyEntry = records.store().get(FleetKeys.tenantKeyKey(tenant, granted.id()));
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
                        Map.of(FleetKeys.tenantKeyKey(tenant, granted.id()), keyEntry, at, kept), List.of(step));
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
        return kept(node, receiver, tenant, granted);
    }

    /// Returns the copy that is in the node's states already.
    private Optional<SealedKey> kept(NodeId node, NodePublicKey receiver, TenantId tenant, Grant.Key granted)
            throws StoreException {
        return SealedCopies.in(records.store().get(FleetKeys.sealedKey(node, tenant, granted.id())))
                .filter(copy -> copy.receiver().equals(receiver.fingerprint())
                        && copy.key().purpose() == granted.purpose()
                        && copy.key().version() >= granted.minVersion())
                .map(SealedCopy::key);
    }

    private static boolean fits(SealedCopy copy, NodePublicKey receiver, StoredTenantKey key) {
        return copy.receiver().equals(receiver.fingerprint())
                && copy.key().purpose() == key.purpose()
                && copy.key().version() == key.newest().version()
                && copy.key().check().isPresent(); // an earlier version left it out
    }

    private SealedKey seal(NodeId node, NodePublicKey receiver, StoredTenantKey key) throws KeyException {
        var newest = key.newest();
        var aad = SealedKey.aad(node, key.tenant(), key.id(), key.purpose(), newest.version());
        return authority.lend(key.place(newest.version()), newest.wrapped(), plain -> {
            var blob = sealer.seal(receiver, SealedKey.info(), aad, plain);
            var check = Optional.of(KeyCheck.of(plain));
            return new SealedKey(key.id(), key.purpose(), newest.version(), blob.enc(), blob.sealed(), check);
        });
    }

    /// Returns the present key. Makes a version first if there is no key, or if the grant has revoked its newest
    /// version.
    ///
    /// @return empty if a version was made, and the key has to be read again
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
                    "the grant says " + granted.purpose().word() + ", but the key was made for "
                            + key.purpose().word() + ": choose another id for the new key");
        }
        if (key.newest().version() < granted.minVersion()) {
            var _ = make(entry, tenant, granted.id(), granted.purpose(), granted.minVersion());
            return Optional.empty();
        }
        return Optional.of(key);
    }

    /// Makes the next version.
    ///
    /// @param least smallest number that the version may have
    /// @return empty if an entry has changed since it was read
    private Optional<StoredTenantKey> make(
            Optional<Entry> entry, TenantId tenant, KeyName id, KeyPurpose purpose, int least)
            throws StoreException, KeyException, ProblemException {
        var before = entry.isPresent()
                ? Optional.of(FleetStore.tenantKeyOf(entry.get()))
                : Optional.<StoredTenantKey>empty();
        int number = next.of(tenant, id, before, least);
        var place = new KeyPlace(tenant, id, purpose, number);
        var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        var version = new StoredTenantKey.Version(number, authority.make(place), now);
        var held = holders(tenant, id);
        StoredTenantKey made;
        try {
            made = before.isPresent()
                    ? before.get().with(version, held::containsKey)
                    : new StoredTenantKey(tenant, id, purpose, List.of(version));
        } catch (IllegalArgumentException e) {
            throw new ProblemException(
                    Fault.CONFLICT,
                    "key_versions",
                    "nodes still have " + StoredTenantKey.MAX_VERSIONS + " versions of the key");
        }
        var at = FleetKeys.tenantKeyKey(tenant, id);
        if (!records.commit(Map.of(at, entry), List.of(Op.put(at, FleetStore.bytes(Records.bytes(made)))))) {
            return Optional.empty();
        }
        LOG.info("key {} of {} has version {}", id, tenant, number);
        return Optional.of(made);
    }

    /// Returns, by version of a key, the nodes whose states carry that version.
    public Map<Integer, List<String>> holders(TenantId tenant, KeyName id) throws StoreException {
        return copies.holders(tenant, id);
    }

    /// Returns the same for all keys, by `TENANT/KEY`.
    public Map<String, Map<Integer, List<String>>> holders() throws StoreException {
        return copies.holders();
    }

    /// Makes the next version of a key, which leads to a new state for each node that has the key.
    ///
    /// @throws ProblemException `unknown_key`, `key_exhausted`, `key_versions` or `contended`
    public StoredTenantKey rotate(TenantId tenant, KeyName id) throws StoreException, KeyException, ProblemException {
        return Retries.untilDone(() -> {
            var entry = records.store().get(FleetKeys.tenantKeyKey(tenant, id));
            if (entry.isEmpty()) {
                throw new ProblemException(
                        Fault.MISSING,
                        "unknown_key",
                        "there is no key " + id + " of " + tenant + "; a grant has to name it first");
            }
            return make(entry, tenant, id, FleetStore.tenantKeyOf(entry.get()).purpose(), 1);
        });
    }

    /// Numbers of key versions that a rewrap has changed and left unchanged.
    public record Rewrapped(int changed, int unchanged) {}

    /// Wraps every version of every key with the newest master key. No key and no state changes.
    public Rewrapped rewrap() throws StoreException, KeyException, ProblemException {
        int changed = 0;
        int unchanged = 0;
        for (var each : records.store().range(FleetKeys.KEYS).entries()) {
            int done = Retries.untilDone(() -> rewrap(each.key()));
            changed += done;
            unchanged += FleetStore.tenantKeyOf(each).versions().size() - done;
        }
        LOG.info("rewrapped {} keys with the newest master key, {} already were", changed, unchanged);
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
