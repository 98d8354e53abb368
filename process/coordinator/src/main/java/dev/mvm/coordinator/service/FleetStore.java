package dev.mvm.coordinator.service;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.fleet.Allocation;
import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.coordinator.fleet.IssuedState;
import dev.mvm.coordinator.fleet.PoolTarget;
import dev.mvm.coordinator.fleet.Records;
import dev.mvm.coordinator.fleet.SealedCopy;
import dev.mvm.coordinator.fleet.StoredTenantKey;
import dev.mvm.coordinator.fleet.Tenant;
import dev.mvm.coordinator.store.Compare;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.Key;
import dev.mvm.coordinator.store.KeyRange;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.store.Txn;
import dev.mvm.coordinator.store.TxnResult;
import dev.mvm.coordinator.transparency.StateLog;
import dev.mvm.coordinator.trust.DocumentRefusedException;
import dev.mvm.coordinator.trust.GrantReader;
import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.json.JsonException;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The fleet's records in the store: under which key each is, and how they are read together.
public final class FleetStore {
    static final KeyRange TENANTS = KeyRange.under("/tenants/");
    static final KeyRange GRANTS = KeyRange.under("/grants/");
    static final KeyRange WANTS = KeyRange.under("/wants/");
    static final KeyRange LIVE = KeyRange.under("/live/");
    static final KeyRange NODES = KeyRange.under("/nodes/");
    static final KeyRange ROOTS = KeyRange.under("/roots/");
    static final KeyRange KEYS = KeyRange.under("/keys/");
    static final KeyRange NODE_KEYS = KeyRange.under("/node-keys/");
    static final KeyRange SEALED = KeyRange.under("/sealed/");
    static final Key ALLOCATION = new Key("/allocation");

    private static final Logger LOG = LoggerFactory.getLogger(FleetStore.class);

    private final Store store;
    private final StateLog log;
    private final GrantReader reader;
    private final Map<Key, Read> grants = new ConcurrentHashMap<>();

    /// A grant as it was verified at one revision under one trust root, or empty if it was refused.
    private record Read(long revision, int root, Optional<SignedGrant> grant) {}

    public FleetStore(Store store, GrantReader reader) {
        this.store = store;
        this.log = new StateLog(store);
        this.reader = reader;
    }

    static Key tenantKey(TenantId tenant) {
        return new Key("/tenants/" + tenant);
    }

    /// Trust roots sort by version.
    static Key rootKey(int version) {
        return new Key(String.format(Locale.ROOT, "/roots/%010d", version));
    }

    static Key grantKey(TenantId tenant) {
        return new Key("/grants/" + tenant);
    }

    static Key wantsKey(TenantId tenant) {
        return new Key("/wants/" + tenant);
    }

    static Key liveKey(NodeId node) {
        return new Key("/live/" + node);
    }

    static Key stateKey(NodeId node) {
        return new Key("/states/" + node);
    }

    /// A tenant's key, wrapped.
    static Key tenantKeyKey(TenantId tenant, KeyName id) {
        return new Key("/keys/" + tenant + "/" + id);
    }

    /// All keys of a tenant.
    static KeyRange keysOf(TenantId tenant) {
        return KeyRange.under("/keys/" + tenant + "/");
    }

    /// The public key that a node was enrolled with.
    static Key nodeKey(NodeId node) {
        return new Key("/node-keys/" + node);
    }

    /// A tenant's key, sealed for a node.
    static Key sealedKey(NodeId node, TenantId tenant, KeyName id) {
        return new Key("/sealed/" + node + "/" + tenant + "/" + id);
    }

    /// All keys that are sealed for a node.
    static KeyRange sealedFor(NodeId node) {
        return KeyRange.under("/sealed/" + node + "/");
    }

    /// Where each grant that was ever published stays, for whoever reads the log.
    static Key publishedKey(Digest grant) {
        return new Key("/published/" + grant.hex());
    }

    Store store() {
        return store;
    }

    StateLog log() {
        return log;
    }

    /// How many signed states the log has.
    public long logSize() throws StoreException {
        return log.end().tip().size();
    }

    /// All that decides what nodes are to do, as of one revision.
    FleetState state() throws StoreException {
        var answers = store.txn(Txn.of(new Op.Get(TENANTS), new Op.Get(GRANTS), new Op.Get(WANTS), new Op.Get(LIVE)))
                .answers();
        var granted = new HashMap<TenantId, SignedGrant>();
        for (var entry : got(answers.get(1))) {
            grant(entry).ifPresent(grant -> granted.put(grant.tenant(), grant));
        }
        var wanted = new HashMap<String, List<PoolTarget>>();
        for (var entry : got(answers.get(2))) {
            wanted.put(lastSegment(entry.key()), wants(entry));
        }
        var members = new ArrayList<FleetState.Member>();
        for (var entry : got(answers.get(0))) {
            var tenant = tenant(entry);
            if (!tenant.destroyed()) {
                var wants = wanted.getOrDefault(tenant.tenant().value(), List.of());
                members.add(new FleetState.Member(tenant, Optional.ofNullable(granted.get(tenant.tenant())), wants));
            }
        }
        var nodes = got(answers.get(3)).stream()
                .map(entry -> new NodeId(lastSegment(entry.key())))
                .toList();
        return new FleetState(members, nodes);
    }

    private static List<Entry> got(TxnResult.Answer answer) {
        if (answer instanceof TxnResult.Answer.Got(var entries)) {
            return entries;
        }
        throw new IllegalStateException("a step that reads answers with entries");
    }

    private static String lastSegment(Key key) {
        return key.path().substring(key.path().lastIndexOf('/') + 1);
    }

    /// The nodes that have ever connected.
    List<NodeId> nodes() throws StoreException {
        return store.range(NODES).entries().stream()
                .map(entry -> new NodeId(lastSegment(entry.key())))
                .toList();
    }

    /// Whether there is any tenant's key.
    public boolean hasKeys() throws StoreException {
        return !store.range(KEYS).entries().isEmpty();
    }

    /// Makes a node one of those that have ever connected.
    void remember(NodeId node) throws StoreException {
        var key = new Key("/nodes/" + node);
        var _ = store.txn(new Txn(List.of(Compare.absent(key)), List.of(Op.put(key, ByteString.EMPTY)), List.of()));
    }

    /// The grant in an entry. One that is not believed any more, since the trust root has changed, counts as none.
    Optional<SignedGrant> grant(Entry entry) {
        int root = reader.root();
        var known = grants.get(entry.key());
        if (known != null && known.revision() == entry.modRevision() && known.root() == root) {
            return known.grant();
        }
        var grant = verified(entry);
        grants.put(entry.key(), new Read(entry.modRevision(), root, grant));
        return grant;
    }

    private Optional<SignedGrant> verified(Entry entry) {
        try {
            return Optional.of(reader.read(entry.value()));
        } catch (DocumentRefusedException e) {
            LOG.error("the grant {} is refused: {}: {}", entry.key(), e.reason(), e.getMessage());
            return Optional.empty();
        }
    }

    /// The envelopes of the grants of these tenants.
    List<ByteString> envelopes(List<TenantId> tenants) throws StoreException {
        var wanted = tenants.stream().map(FleetStore::grantKey).toList();
        return store.range(GRANTS).entries().stream()
                .filter(entry -> wanted.contains(entry.key()))
                .map(Entry::value)
                .toList();
    }

    /// The envelope of a grant that is some tenant's present one.
    Optional<ByteString> inForce(Digest digest) throws StoreException {
        return store.range(GRANTS).entries().stream()
                .filter(entry -> grant(entry)
                        .filter(grant -> grant.digest().equals(digest))
                        .isPresent())
                .map(Entry::value)
                .findFirst();
    }

    static Tenant tenant(Entry entry) throws StoreException {
        return read(entry, Records::tenant);
    }

    static List<PoolTarget> wants(Entry entry) throws StoreException {
        return read(entry, Records::wants);
    }

    static StoredTenantKey tenantKeyOf(Entry entry) throws StoreException {
        return read(entry, Records::tenantKey);
    }

    static SealedCopy sealedCopy(Entry entry) throws StoreException {
        return read(entry, Records::sealedCopy);
    }

    static IssuedState issued(Entry entry) throws StoreException {
        return read(entry, Records::issuedState);
    }

    static Allocation allocation(Optional<Entry> entry) throws StoreException {
        return entry.isEmpty() ? Allocation.NOTHING : read(entry.get(), Records::allocation);
    }

    @FunctionalInterface
    private interface Reading<T> {
        T of(byte[] text) throws JsonException;
    }

    private static <T> T read(Entry entry, Reading<T> reading) throws StoreException {
        try {
            return reading.of(entry.value().toByteArray());
        } catch (JsonException e) {
            throw new StoreException(
                    StoreException.Kind.UNAVAILABLE, "the entry " + entry.key() + " is damaged: " + e.getMessage());
        }
    }

    static ByteString bytes(byte[] content) {
        return ByteString.copyFrom(content);
    }

    /// Runs steps if these entries are still as they were read.
    boolean commit(Map<Key, Optional<Entry>> asRead, List<Op> steps) throws StoreException {
        var conditions = new ArrayList<Compare>();
        asRead.forEach((key, entry) -> conditions.add(Compare.unchanged(key, entry)));
        return store.txn(new Txn(conditions, steps, List.of())).held();
    }
}
