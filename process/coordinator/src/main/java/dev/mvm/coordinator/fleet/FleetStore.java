package dev.mvm.coordinator.fleet;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.store.Compare;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.Key;
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
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.TenantId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The fleet's records in the store, read and written together. [FleetKeys] has the key of each.
///
/// Thread-safe.
public final class FleetStore {
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

    /// Returns the verifier of grants that this store uses.
    public GrantReader grantReader() {
        return reader;
    }

    /// Returns whether the store answers.
    public boolean healthy() {
        try {
            return store.revision() > 0;
        } catch (StoreException e) {
            return false;
        }
    }

    public Store store() {
        return store;
    }

    public StateLog log() {
        return log;
    }

    /// Returns the number of signed states in the log.
    public long logSize() throws StoreException {
        return log.end().tip().size();
    }

    /// Returns everything that decides the states of nodes, as of one revision.
    ///
    /// @throws StoreException if the store cannot be read, or an entry is damaged
    public FleetState state() throws StoreException {
        var answers = store.txn(Txn.of(
                        new Op.Get(FleetKeys.TENANTS),
                        new Op.Get(FleetKeys.GRANTS),
                        new Op.Get(FleetKeys.WANTS),
                        new Op.Get(FleetKeys.LIVE)))
                .answers();
        var granted = new HashMap<TenantId, SignedGrant>();
        for (var entry : got(answers.get(1))) {
            grant(entry).ifPresent(grant -> granted.put(grant.tenant(), grant));
        }
        var targetsOf = new HashMap<String, List<PoolTarget>>();
        for (var entry : got(answers.get(2))) {
            targetsOf.put(lastSegment(entry.key()), targets(entry));
        }
        var members = new ArrayList<FleetState.Member>();
        for (var entry : got(answers.get(0))) {
            var tenant = tenant(entry);
            if (!tenant.destroyed()) {
                var targets = targetsOf.getOrDefault(tenant.tenant().value(), List.of());
                members.add(new FleetState.Member(tenant, Optional.ofNullable(granted.get(tenant.tenant())), targets));
            }
        }
        var nodes = new HashMap<NodeId, NodeMode>();
        for (var entry : got(answers.get(3))) {
            nodes.put(
                    new NodeId(lastSegment(entry.key())),
                    NodeMode.of(entry.value().toStringUtf8()).orElse(NodeMode.DEV));
        }
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

    /// Returns all nodes that have ever connected.
    public List<NodeId> nodes() throws StoreException {
        return store.range(FleetKeys.NODES).entries().stream()
                .map(entry -> new NodeId(lastSegment(entry.key())))
                .toList();
    }

    /// Records that a node has connected.
    public void remember(NodeId node) throws StoreException {
        var key = FleetKeys.knownKey(node);
        var _ = store.txn(new Txn(List.of(Compare.absent(key)), List.of(Op.put(key, ByteString.EMPTY)), List.of()));
    }

    /// Returns the grant in an entry; empty if its signatures do not verify under the present trust root.
    public Optional<SignedGrant> grant(Entry entry) {
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

    /// Returns the envelopes of the present grants of these tenants.
    public List<ByteString> envelopes(List<TenantId> tenants) throws StoreException {
        var keys = tenants.stream().map(FleetKeys::grantKey).toList();
        return store.range(FleetKeys.GRANTS).entries().stream()
                .filter(entry -> keys.contains(entry.key()))
                .map(Entry::value)
                .toList();
    }

    /// Returns the envelope of the grant with this digest if it is a tenant's present one.
    public Optional<ByteString> inForce(Digest digest) throws StoreException {
        return store.range(FleetKeys.GRANTS).entries().stream()
                .filter(entry -> grant(entry)
                        .filter(grant -> grant.digest().equals(digest))
                        .isPresent())
                .map(Entry::value)
                .findFirst();
    }

    public static Tenant tenant(Entry entry) throws StoreException {
        return read(entry, Records::tenant);
    }

    public static List<PoolTarget> targets(Entry entry) throws StoreException {
        return read(entry, Records::targets);
    }

    public static NamedKey namedKey(Entry entry) throws StoreException {
        return read(entry, Records::namedKey);
    }

    public static IssuedState issued(Entry entry) throws StoreException {
        return read(entry, Records::issuedState);
    }

    public static Allocation allocation(Optional<Entry> entry) throws StoreException {
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

    public static ByteString bytes(byte[] content) {
        return ByteString.copyFrom(content);
    }

    /// Runs steps if these entries are still as they were read.
    ///
    /// @param asRead by key; empty for a key that did not exist
    /// @return whether the steps were run
    public boolean commit(Map<Key, Optional<Entry>> asRead, List<Op> steps) throws StoreException {
        var conditions = new ArrayList<Compare>();
        asRead.forEach((key, entry) -> conditions.add(Compare.unchanged(key, entry)));
        return store.txn(new Txn(conditions, steps, List.of())).held();
    }
}
