package dev.mvm.hostd.host;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.hostd.files.DirectoryFiles;
import dev.mvm.hostd.files.Reserve;
import dev.mvm.hostd.key.BlobKeys;
import dev.mvm.hostd.key.KeptPeriod;
import dev.mvm.hostd.key.NodeIdentity;
import dev.mvm.hostd.key.TestKeyService;
import dev.mvm.hostd.registry.MemoryFiles;
import dev.mvm.hostd.registry.Registry;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.notify.ServiceManager;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NetId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostRequest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.store.NodeClocks;
import dev.mvm.protocol.trust.store.StateFiles;
import dev.mvm.protocol.trust.store.TrustStore;
import dev.mvm.protocol.trust.transparency.TestLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;

/// A whole host without a kernel, which can die and start again over the same disk and the same VMs.
public final class HostFixture {
    public static final String BOOT = "01234567-89ab-cdef-0123-456789abcdef";

    private static final Directory NO_RESERVE = empty();

    public final Ceremony ceremony = new Ceremony();
    public Verified<Grant> grant = ceremony.verified(Ceremony.grant(Ceremony.DEMO, 0));
    public final MemoryFiles trustFiles = new MemoryFiles();
    public final MemoryFiles registryFiles = new MemoryFiles();
    public final FakeMachines machines = new FakeMachines();
    public final FakeNetworks networks = new FakeNetworks();
    public final TestLog stateLog = new TestLog();
    public final List<String> log = new ArrayList<>();
    public final Path auditDirectory;
    public Instant now = Ceremony.NOW;

    /// In seconds, for blobs.
    public long uptime = 1_000;
    public AuditLog audit;

    /// The node has none unless a test makes it.
    public final NodeIdentity identity;

    /// The key service, whose keys each hostd gets when it starts. Absent unless a test sets it.
    public Optional<TestKeyService> service = Optional.empty();

    public final List<TestKeyService.Key> served = new ArrayList<>();

    /// Keeper of a sealing key from one hostd to the next, and what the next one gets. Absent unless a test sets it.
    public ServiceManager manager = ServiceManager.from(Map.of());

    public final List<InheritedFds.Named> inherited = new ArrayList<>();
    public final MemoryFiles blobFiles = new MemoryFiles();
    private Optional<TenantKey> snapshotKey = Optional.empty();

    public TrustStore trust;
    public BlobKeys keys;
    public Registry registry;
    public RecordKeeper records;
    public Host host;

    /// Directory of the registry instead, on a disk that a test has filled.
    public Optional<Directory> disk = Optional.empty();

    public Reserve reserve = new Reserve(NO_RESERVE);

    /// Runs what is done meanwhile: at once, unless a test sets another.
    public Executor background = Runnable::run;

    /// Times that the last start has told the service manager that it goes on.
    public int prolonged;

    /// Tries once to get unstuck what was stuck when hostd started.
    public Runnable unstick = () -> {};

    /// The pinned one. A test that sets another starts hostd after that.
    public Verified<TrustRoot> root = ceremony.root();

    public HostFixture() {
        auditDirectory = folder("audit");
        identity = identity();
        start();
    }

    /// A folder of the build's: many fixtures have no end that could remove it.
    private static Path folder(String name) {
        try {
            return Files.createTempDirectory(Files.createDirectories(Path.of("target", name)), "of");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // as long as the tests
    private static NodeIdentity identity() {
        try {
            return new NodeIdentity(Directory.open(folder("identity")), new Libcrypto());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // as long as the tests
    private static Directory empty() {
        try {
            return Directory.open(Files.createDirectories(Path.of("target", "no-reserve")));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// A host whose states have a key for the tenant's snapshots.
    public static HostFixture withSnapshots() {
        var fixture = new HostFixture();
        var id = new KeyName("snap");
        fixture.grant =
                fixture.ceremony.verified(Ceremony.grant(Ceremony.DEMO, 0, new Grant.Key(id, KeyPurpose.SNAPSHOT, 1)));
        fixture.enrol();
        fixture.makeSnapshotKey(1);
        fixture.start();
        return fixture;
    }

    /// A node that has an identity and a key service, from the next start on.
    public void enrol() {
        try {
            identity.make();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        service = Optional.of(new TestKeyService(ceremony));
        root = service.get().root;
    }

    private void makeSnapshotKey(int version) {
        var key = new TestKeyService.Key(Ceremony.DEMO, new KeyName("snap"), KeyPurpose.SNAPSHOT, version, version);
        served.add(key);
        snapshotKey = Optional.of(key.named());
    }

    /// The states that follow have the next version of the key for the tenant's snapshots, which hostd has already.
    ///
    /// @return the one that they had
    @CanIgnoreReturnValue
    public TenantKey rotateSnapshotKey() {
        var key = snapshotKey.orElseThrow();
        makeSnapshotKey(key.version() + 1);
        bringKeys();
        return key;
    }

    /// Another key under the version of the one for the tenant's snapshots.
    public TenantKey anotherSnapshotKey() {
        var key = snapshotKey.orElseThrow();
        return new TenantKey(key.id(), key.purpose(), key.version(), Bytes.of(new byte[TenantKey.CHECK_SIZE]));
    }

    /// Has hostd take a blob with all keys that the service has.
    public void bringKeys() {
        service.orElseThrow().bring(this, served);
    }

    /// hostd starts: over whatever an earlier one has left.
    public void start() {
        try {
            machines.restart();
            machines.dead = registryFiles::crashed;
            var verifier = new Verifier(new JdkEd25519());
            trust = TrustStore.open(
                    trustFiles,
                    verifier,
                    root,
                    Ceremony.NODE,
                    NodeMode.DEV,
                    new NodeClocks(() -> now, () -> 0),
                    log::add);
            keys = keys(verifier);
            keys.resume();
            machines.keyAtHand = record -> trust.installed()
                    .flatMap(state -> state.key(record.address().poolAddress(), KeyPurpose.SNAPSHOT))
                    .filter(key -> !keys.atHand(record.address().tenant(), key))
                    .isEmpty();
            registry = Registry.open(disk.<StateFiles>map(DirectoryFiles::new).orElse(registryFiles));
            audit = new AuditLog(auditDirectory, "hostd", () -> now, log::add, Optional.empty());
            records = new RecordKeeper(trust, registry, audit, reserve, log::add);
            prolonged = 0;
            host = new Host(
                    records, keys, networks, machines.machines(), new Changes(), task -> background.execute(task));
            unstick = host.recover(() -> prolonged += 1);
            background.execute(host::rekey);
            if (!served.isEmpty()) {
                bringKeys();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private BlobKeys keys(Verifier verifier) throws IOException {
        var libcrypto = new Libcrypto();
        var self = new BlobKeys.Self(Ceremony.NODE, NodeMode.DEV, BOOT);
        return new BlobKeys(self, new Hpke(libcrypto), identity, verifier, trust, () -> uptime, kept());
    }

    private KeptPeriod kept() {
        var kept = new KeptPeriod(manager, List.copyOf(inherited), blobFiles, log::add);
        inherited.clear();
        return kept;
    }

    /// Returns an observer of this host.
    public Observer observer(Changes changes) {
        return new Observer(records, networks, machines.machines(), changes, () -> keys.period(), "dev", List.of());
    }

    public HostReply perform(HostOperation operation) {
        return perform(HostRequest.unplanned(operation));
    }

    public HostReply perform(HostRequest request) {
        try {
            return host.perform(request);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// The first state, with `counts` of demo/web.
    public NodeState state(Counts counts) {
        var state = Ceremony.state(grant, counts);
        return snapshotKey.isPresent()
                ? Ceremony.withKeys(state, state.sequence(), state.previous(), snapshotKey.get())
                : state;
    }

    /// The operation that installs the state after the one in force.
    public HostOperation next(Counts counts) {
        return next(counts, snapshotKey.stream().toArray(TenantKey[]::new));
    }

    /// The same, with no key of the tenant's.
    public HostOperation nextWithoutKeys(Counts counts) {
        return next(counts, new TenantKey[0]);
    }

    private HostOperation next(Counts counts, TenantKey... keys) {
        var floor = trust.floor();
        var state = Ceremony.withKeys(Ceremony.state(grant, counts), floor.sequence() + 1, floor.digest(), keys);
        return install(ceremony.signed(state));
    }

    /// Installs grant and state.
    public void install(NodeState state) {
        done(new HostOperation.InstallGrant(grant.envelope()));
        done(install(ceremony.signed(state)));
    }

    /// The operation that installs a state, with the proof that the log has it.
    public HostOperation install(byte[] state) {
        var envelope = Bytes.of(state);
        return new HostOperation.InstallState(envelope, stateLog.proof(envelope, ceremony.stateKey, trust.floor()));
    }

    /// A host with a state in force, its network up, and one instance that runs.
    public InstanceId running() {
        install(state(new Counts(2, 1, 0)));
        done(new HostOperation.SetupNetwork(new NetId(0)));
        var id = new InstanceId("i-00000001");
        done(plan(id, 3));
        done(new HostOperation.AttachDrives(id));
        done(new HostOperation.StartInstance(id));
        return id;
    }

    public static HostOperation.CreateInstance plan(InstanceId id, int offset) {
        return new HostOperation.CreateInstance(
                new InstanceAddress(Ceremony.DEMO, Ceremony.WEB, id),
                new Slot(new NetId(0), offset),
                Ceremony.REVISION,
                new Resources(1, 128, 0));
    }

    public void done(HostOperation operation) {
        var reply = perform(operation);
        if (!(reply instanceof HostReply.Done)) {
            throw new AssertionError(operation + " was answered " + reply);
        }
    }

    /// The lines of the audit, oldest first.
    public List<String> audited() {
        try (var files = Files.list(auditDirectory)) {
            var out = new ArrayList<String>();
            for (var file : files.sorted().toList()) {
                out.addAll(Files.readAllLines(file));
            }
            return out;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    public Optional<InstanceState> stateOf(InstanceId id) {
        return registry.find(id).map(record -> record.state());
    }
}
