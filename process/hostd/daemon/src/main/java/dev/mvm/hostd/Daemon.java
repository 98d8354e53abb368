package dev.mvm.hostd;

import dev.mvm.hostd.artefact.ArtefactStore;
import dev.mvm.hostd.engine.Engine;
import dev.mvm.hostd.engine.EngineProvider;
import dev.mvm.hostd.files.DirectoryFiles;
import dev.mvm.hostd.files.Reserve;
import dev.mvm.hostd.firecracker.FirecrackerEngine;
import dev.mvm.hostd.host.Changes;
import dev.mvm.hostd.host.Host;
import dev.mvm.hostd.host.Observer;
import dev.mvm.hostd.host.RecordKeeper;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.key.BlobKeys;
import dev.mvm.hostd.key.KeptPeriod;
import dev.mvm.hostd.key.NodeIdentity;
import dev.mvm.hostd.machine.HostServices;
import dev.mvm.hostd.machine.LinuxMachines;
import dev.mvm.hostd.machine.Processes;
import dev.mvm.hostd.machine.VmDrives;
import dev.mvm.hostd.machine.VmHost;
import dev.mvm.hostd.network.Netd;
import dev.mvm.hostd.network.NetdNetworks;
import dev.mvm.hostd.policy.SignedPools;
import dev.mvm.hostd.registry.Registry;
import dev.mvm.hostd.rpc.Answering;
import dev.mvm.hostd.rpc.PeerCheck;
import dev.mvm.hostd.rpc.Server;
import dev.mvm.hostd.service.ConnectionPool;
import dev.mvm.hostd.snapshot.Sealing;
import dev.mvm.hostd.volume.VolumeDevices;
import dev.mvm.hostd.volume.Volumes;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.libcrypto.Ed25519;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.notify.ServiceManager;
import dev.mvm.linux.process.Uptime;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.audit.AuditChain;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.store.NodeClocks;
import dev.mvm.protocol.trust.store.TrustStore;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/// Assembles hostd: first the system call filter closes, then hostd checks itself and its host, then the VMs of an
/// earlier hostd are adopted or cleaned up, and only then requests are answered.
@SuppressWarnings("MustBeClosedChecker") // what is opened here lives as long as the process
final class Daemon {
    /// For one that does not end: netd's answers alone may take ten minutes.
    private static final Duration NEXT_INSTANCE = Duration.ofMinutes(15);

    private final Server server;
    private final ServiceManager manager;
    private final WakeUp stop = new WakeUp();

    private Daemon(Server server, ServiceManager manager) throws ErrnoException {
        this.server = server;
        this.manager = manager;
    }

    static Daemon start(HostdConfig config)
            throws IOException, HostdConfig.ConfigException, RefusedException, StepException {
        HostdConfinement.enter(config.hardened());
        var security = SelfCheck.run(config);
        var netd = Netd.connect(config.socket("netd"), Daemon::endWithNetd); // it starts meanwhile
        var libcrypto = new Libcrypto();
        var manager = ServiceManager.from(System.getenv());
        var inherited = InheritedFds.take(System.getenv());
        var listener = UnixListener.own(Fd.own(0));
        var layout = Layout.open(config);
        var verifier = new Verifier(new LibcryptoSignatures(new Ed25519(libcrypto)));
        var trust = trust(config, layout, verifier);
        Upkeep.repeat(Upkeep.thread("clock"), trust::now);
        var registry = Registry.open(new DirectoryFiles(layout.registry()));
        var identity = new NodeIdentity(layout.keys(), libcrypto);
        var kept = new KeptPeriod(manager, inherited, new DirectoryFiles(layout.blob()), Journal::error);
        var keys = keys(config, identity, verifier, trust, kept);
        var pools = new SignedPools(trust::installed);
        var networks = networks(netd, config, registry, trust, pools);
        var changes = new Changes();
        var engine = engine(config);
        var services = services(config, manager, inherited);
        var linux = new LinuxMachines(
                new VmHost(engine, networks, pools::flags, pools::rates, services, Journal::info),
                new Sealing(config.socket("sealer"), layout.snapshots(), keys, trust::installed),
                drives(config, layout, keys, trust),
                changes::changed);
        var machines = linux.machines();
        var records = new RecordKeeper(
                trust, registry, audit(config, identity), Upkeep.fill(new Reserve(layout.reserve())), Journal::info);
        var host = host(records, keys, networks, linux, changes, manager);
        var mode = config.mode().word();
        var observer = new Observer(records, networks, machines, changes, keys::period, mode, security);
        var peers = new PeerCheck(engine.user(config.agentUid()), config.agentCgroup());
        tellInService(config, engine);
        var answering = new Answering(host, observer, machines.guests(), Journal::info);
        return new Daemon(new Server(listener, peers, answering), manager);
    }

    private static HostServices services(HostdConfig config, ServiceManager manager, List<InheritedFds.Named> inherited)
            throws ErrnoException {
        var ofVms =
                inherited.stream().filter(named -> !KeptPeriod.isPeriod(named)).toList();
        return new HostServices(
                config.socket("launch"), config.socket("guestd"), manager, ofVms, config.hardened(), Journal::info);
    }

    private static void tellInService(HostdConfig config, Engine engine) {
        Journal.outOfService(Journal.OUT_OF_SERVICE, "");
        Journal.info("hostd of node " + config.node() + ", " + config.mode().word() + " mode, "
                + engine.hypervisor().vmm());
    }

    private static NetdNetworks networks(
            Netd netd, HostdConfig config, Registry registry, TrustStore trust, SignedPools pools)
            throws StepException {
        var networks = new NetdNetworks(netd, config.uplink(), registry, trust::installed, pools::flags, pools::rates);
        var _ = networks.count(false); // netd answers, or hostd does not start
        return networks;
    }

    private static Host host(
            RecordKeeper records,
            BlobKeys keys,
            NetdNetworks networks,
            LinuxMachines linux,
            Changes changes,
            ServiceManager manager)
            throws IOException, StepException {
        var rekeying = Upkeep.thread("rekey");
        var host = new Host(records, keys, networks, linux.machines(), changes, rekeying);
        linux.watch(host::ended);
        Upkeep.repeat(Upkeep.thread("unstick"), host.recover(() -> goesOn(manager)));
        Upkeep.repeat(rekeying, host::rekey);
        linux.closeLeftovers();
        return host;
    }

    /// Has the service manager wait for the next instance: how long a start takes depends on how many there are.
    private static void goesOn(ServiceManager manager) {
        try {
            manager.starting(NEXT_INSTANCE);
        } catch (ErrnoException e) {
            Journal.error("the service manager was not told that the start goes on: " + e.getMessage());
        }
    }

    private static TrustStore trust(HostdConfig config, Layout layout, Verifier verifier)
            throws IOException, RefusedException {
        var root = verifier.pinnedRoot(Files.readAllBytes(config.trustRoot()), config.trustPin());
        return TrustStore.open(
                new DirectoryFiles(layout.trust()),
                verifier,
                root,
                config.node(),
                config.mode(),
                new NodeClocks(InstantSource.system(), Uptime::seconds),
                Journal::error);
    }

    /// Opens the audit, whose records the node signs if it has its key.
    private static AuditLog audit(HostdConfig config, NodeIdentity identity) throws IOException {
        var signer = Optional.<AuditChain.Signer>of(identity::sign);
        var directory = config.stateDirectory().resolve("audit");
        var audit = new AuditLog(
                directory,
                "hostd",
                InstantSource.system(),
                Journal::error,
                identity.exists() ? signer : Optional.empty());
        audit.noted("serve", "", config.mode().word());
        return audit;
    }

    /// hostd begins anew, and so does netd: what one knows of microVMs is then told to the other.
    private static void endWithNetd(String why) {
        var line = "no network without mvm-netd: " + why;
        Journal.error("mvm-hostd: " + line);
        Journal.outOfService(Journal.OUT_OF_SERVICE, line);
        Runtime.getRuntime().halt(1);
    }

    private static VmDrives drives(HostdConfig config, Layout layout, BlobKeys keys, TrustStore trust)
            throws IOException {
        var artefacts = new ArtefactStore(layout.artefacts(), layout.spool());
        if (!config.hardened()) {
            return new VmDrives(artefacts, Optional.empty(), trust::installed);
        }
        var devices = new VolumeDevices(new ConnectionPool("mvm-volume", config.socket("volume"), 1, Journal::info));
        var volumes = new Volumes(layout.volumes(), keys, trust::installed, devices, Journal::info);
        return new VmDrives(artefacts, Optional.of(volumes), trust::installed);
    }

    /// Answers until a signal ends the process. VMs go on.
    void serve() throws ErrnoException {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            try {
                stop.signal();
            } catch (ErrnoException e) {
                Journal.error("the server was not stopped: " + e.getMessage());
            }
        }));
        manager.ready();
        server.run(stop);
    }

    private static BlobKeys keys(
            HostdConfig config, NodeIdentity identity, Verifier verifier, TrustStore trust, KeptPeriod kept)
            throws IOException {
        var self = new BlobKeys.Self(config.node(), config.mode(), Processes.bootId());
        var blobs = new BlobKeys(self, new Hpke(new Libcrypto()), identity, verifier, trust, Uptime::seconds, kept);
        blobs.resume();
        Upkeep.repeat(Upkeep.thread("expire"), blobs::expire);
        return blobs;
    }

    /// Makes the node's identity key unless there is one.
    ///
    /// @return its public half in Base64 and its name, in one line
    static String nodeKey(HostdConfig config) throws IOException {
        try (var keys = Layout.keys(config, true)) {
            var identity = new NodeIdentity(keys, new Libcrypto());
            identity.make();
            var half = identity.publicHalf();
            return half.base64() + " " + half.id();
        }
    }

    private static Engine engine(HostdConfig config) throws IOException {
        if (config.firecracker().isPresent()) {
            return new FirecrackerEngine(
                    config.firecracker().get(), config.filter().equals(config.firecracker()));
        }
        var provider = ServiceLoader.load(EngineProvider.class)
                .findFirst()
                .orElseThrow(() -> new IOException("dev mode needs the module dev.mvm.hostd.qemu"));
        return provider.open();
    }
}
