package dev.mvm.hostd;

import static java.nio.charset.StandardCharsets.US_ASCII;

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
import dev.mvm.hostd.host.Recovery;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.key.KeySource;
import dev.mvm.hostd.key.NodeKey;
import dev.mvm.hostd.key.ReplacedKeys;
import dev.mvm.hostd.machine.HostServices;
import dev.mvm.hostd.machine.LinuxMachines;
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
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
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
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.store.NodeClocks;
import dev.mvm.protocol.trust.store.TrustStore;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import java.util.ServiceLoader;

/// Assembles hostd: first the system call filter closes, then hostd checks itself and its host, then the VMs of an
/// earlier hostd are adopted or cleaned up, and only then requests are answered.
@SuppressWarnings("MustBeClosedChecker") // what is opened here lives as long as the process
final class Daemon {
    private final Server server;
    private final Optional<ServiceManager> manager;
    private final WakeUp stop = new WakeUp();

    private Daemon(Server server, Optional<ServiceManager> manager) throws ErrnoException {
        this.server = server;
        this.manager = manager;
    }

    static Daemon start(HostdConfig config)
            throws IOException, HostdConfig.ConfigException, RefusedException, StepException {
        Thread.ofPlatform().name("prepare").daemon().start(Daemon::prepare);
        HostdConfinement.enter(config.hardened());
        var security = SelfCheck.run(config);
        var netd = Netd.connect(config.socket("netd"), Daemon::endWithNetd); // it starts meanwhile
        var libcrypto = new Libcrypto();
        var manager = ServiceManager.from(System.getenv());
        var inherited = InheritedFds.take(System.getenv());
        var listener = UnixListener.own(Fd.own(0));
        var layout = Layout.open(config);
        var trust = trust(config, layout, libcrypto);
        Upkeep.repeat(Upkeep.thread("clock"), trust::now);
        var registry = Registry.open(new DirectoryFiles(layout.registry()));
        var keys = keys(config, layout, libcrypto, trust);
        var pools = new SignedPools(trust::installed);
        var networks = networks(netd, config, registry, trust, pools);
        var changes = new Changes();
        var engine = engine(config);
        var services = new HostServices(
                config.socket("launch"), config.socket("guestd"), manager, inherited, config.hardened(), Journal::info);
        var linux = new LinuxMachines(
                new VmHost(engine, networks, pools::flags, pools::rates, services, Journal::info),
                new Sealing(config.socket("sealer"), layout.snapshots(), keys, trust::installed),
                drives(config, layout, keys, trust),
                changes::changed);
        var machines = linux.machines();
        var records = new RecordKeeper(
                trust, registry, audit(config), Upkeep.fill(new Reserve(layout.reserve())), Journal::info);
        var host = host(records, keys, networks, linux, changes);
        Thread.ofPlatform().name("verify").daemon().start(() -> verify(networks));
        var observer =
                new Observer(records, networks, machines, changes, config.mode().word(), security);
        var peers = new PeerCheck(engine.user(config.agentUid()), config.agentCgroup());
        tellInService(config, engine);
        var answering = new Answering(host, observer, machines.guests(), Journal::info);
        return new Daemon(new Server(listener, peers, answering), manager);
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
            RecordKeeper records, KeySource keys, NetdNetworks networks, LinuxMachines linux, Changes changes)
            throws IOException, StepException {
        var rekeying = Upkeep.thread("rekey");
        var host = new Host(records, keys, networks, linux.machines(), changes, rekeying);
        linux.watch(host::ended);
        var recovery = new Recovery(records, linux.machines());
        Upkeep.repeat(Upkeep.thread("unstick"), host.hold(recovery, recovery.run()));
        Upkeep.repeat(rekeying, host::rekey);
        linux.closeLeftovers();
        return host;
    }

    private static TrustStore trust(HostdConfig config, Layout layout, Libcrypto libcrypto)
            throws IOException, RefusedException {
        var verifier = new Verifier(new LibcryptoSignatures(new Ed25519(libcrypto)));
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

    private static AuditLog audit(HostdConfig config) throws IOException {
        var audit =
                new AuditLog(config.stateDirectory().resolve("audit"), "hostd", InstantSource.system(), Journal::error);
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

    private static VmDrives drives(HostdConfig config, Layout layout, KeySource keys, TrustStore trust)
            throws IOException {
        var artefacts = new ArtefactStore(layout.artefacts(), layout.spool());
        if (!config.hardened()) {
            return new VmDrives(artefacts, Optional.empty());
        }
        var devices = new VolumeDevices(new ConnectionPool("mvm-volume", config.socket("volume"), 1, Journal::info));
        var volumes = new Volumes(layout.volumes(), keys, trust::installed, devices, Journal::info);
        return new VmDrives(artefacts, Optional.of(volumes));
    }

    /// The JDK takes as long for its first document, digest and date as for linking native code, so both are done at
    /// once.
    private static void prepare() {
        try {
            var nothing = Json.parseObject("{}".getBytes(US_ASCII), JsonLimits.signed(2));
            Digest.of(nothing.bytes());
            Instant.parse("1970-01-01T00:00:00Z");
        } catch (JsonException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Logs what differs from the networks that should be. Nothing waits for it. Bridges without a VM are no strays
    /// yet: the agent asks for their networks anew.
    private static void verify(NetdNetworks networks) {
        try {
            networks.verify(false)
                    .lines()
                    .filter(line -> line.matches("wrong (?!strays\t).*"))
                    .forEach(line -> Journal.error("network: " + line));
        } catch (StepException e) {
            Journal.error("network: verification failed: " + e.getMessage());
        }
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
        if (manager.isPresent()) {
            manager.get().ready();
        }
        server.run(stop);
    }

    /// Opens the keys of the stored state. It is in force even if a key does not open: operations that need that key
    /// are refused.
    private static KeySource keys(HostdConfig config, Layout layout, Libcrypto libcrypto, TrustStore trust)
            throws IOException {
        var replaced = ReplacedKeys.open(new DirectoryFiles(layout.replaced()));
        var keys = new KeySource(config.node(), new Hpke(libcrypto), NodeKey.read(layout.keys()), replaced);
        try {
            if (trust.installed().isPresent()) {
                trust.opened(keys.open(trust.installed().get(), trust.floor()));
            }
        } catch (RefusedException | IOException e) {
            Journal.error("a key of the stored state does not open, or cannot be noted: " + e.getMessage());
        }
        return keys;
    }

    /// Makes the node's key unless there is one.
    ///
    /// @return its public half in Base64 and its name, in one line
    static String nodeKey(HostdConfig config) throws IOException {
        var hpke = new Hpke(new Libcrypto());
        try (var keys = Layout.keys(config, true);
                var key = NodeKey.readOrMake(keys, hpke)) {
            var half = hpke.publicKey(key);
            return Base64.getEncoder().encodeToString(half) + " x25519:"
                    + Digest.of(half).hex();
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
