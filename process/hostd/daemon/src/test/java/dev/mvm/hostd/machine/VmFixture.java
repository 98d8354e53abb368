package dev.mvm.hostd.machine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.ServiceSocket;
import dev.mvm.hostd.artefact.ArtefactStore;
import dev.mvm.hostd.host.Changes;
import dev.mvm.hostd.host.Host;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.hostd.host.Machines;
import dev.mvm.hostd.host.RecordKeeper;
import dev.mvm.hostd.host.Recovery;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.network.Netd;
import dev.mvm.hostd.network.NetdNetworks;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.snapshot.Sealing;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.linux.nftables.Nftables;
import dev.mvm.linux.notify.FdName;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.notify.ServiceManager;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.model.Counts;
import dev.mvm.model.GuestRuntime;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Rates;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostRequest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Grant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

/// A whole hostd with real networks, whose launcher, guestd and sealer fail where a test says.
@SuppressWarnings("MustBeClosedChecker") // closed by close()
final class VmFixture implements AutoCloseable {
    static final InstanceId ID = new InstanceId("i-00000001");
    static final String SEALED = "sealed memory_bytes=4 vmstate_bytes=2 plain_bytes=9 manifest_bytes=1";
    private static final FileStatus.Device FUSE = new FileStatus.Device(10, 229);
    private static final int MOST = 40_000;
    private static final int HANDED = 8;

    final HostFixture base = HostFixture.withSnapshots();
    final List<String> log = new CopyOnWriteArrayList<>();
    final TestEngine engine = new TestEngine();
    final Set<PoolFlag> flags = new HashSet<>();
    Rates rates = Rates.UNLIMITED;
    final FakeVmm vmm;
    final NetdNetworks networks;

    /// Reply of guestd to each call, `done` if absent; at `end` it ends instead.
    final Map<String, String> guestd = new ConcurrentHashMap<>();

    /// Run when guestd is asked for a call.
    /// The last packet about each call.
    final Map<String, String> calls = new ConcurrentHashMap<>();

    final Map<String, Runnable> onCall = new ConcurrentHashMap<>();

    /// Open until the sealer may say its last word.
    CountDownLatch sealerMayEnd = new CountDownLatch(0);

    /// Run before the sealer says its last word.
    Runnable beforeLastWord = () -> {};

    ServiceManager manager = ServiceManager.from(Map.of());
    Machines machines;
    Host host;

    private final RecordKeeper records;
    private final Path folder;
    private final Netlink netlink = new Netlink();
    private final Nftables nftables = new Nftables();
    private final ServiceSocket guestds;
    private final ServiceSocket sealers;
    private final ServiceSocket netds;
    private final Directory artefacts;
    private final Directory snapshots;

    VmFixture(Path folder) throws Exception {
        this.folder = folder;
        vmm = new FakeVmm(folder);
        guestds = new ServiceSocket(Files.createDirectory(folder.resolve("guestd")), this::guestd);
        sealers = new ServiceSocket(Files.createDirectory(folder.resolve("sealer")), _ -> {});
        Files.createDirectory(folder.resolve("artefacts"));
        Files.write(folder.resolve("artefacts").resolve(Ceremony.SOME.hex()), new byte[] {1});
        Files.write(folder.resolve("artefacts").resolve(Ceremony.REVISION.hex()), Ceremony.BOOTS.bytes());
        Files.createDirectory(folder.resolve("snapshots"));
        artefacts = Directory.open(folder.resolve("artefacts"));
        snapshots = Directory.open(folder.resolve("snapshots"));
        base.install(base.state(new Counts(2, 1, 0)));
        records = new RecordKeeper(base.trust, base.registry, base.audit, base.reserve, log::add);
        netds = new ServiceSocket(Files.createDirectory(folder.resolve("netd")), ServiceSocket.NETD);
        networks = new NetdNetworks(
                Netd.connect(netds.address(), log::add),
                Optional.empty(),
                base.registry,
                base.trust::installed,
                _ -> flags,
                _ -> Rates.UNLIMITED);
        networks.setUp(base.trust.installed().orElseThrow(), new NetId(0));
        start(List.of());
        perform(HostFixture.plan(ID, 3));
    }

    private LinuxMachines linux;

    /// hostd starts, with descriptors that the service manager has kept.
    void start(List<InheritedFds.Named> inherited) throws IOException {
        var services = new HostServices(
                UnixAddress.at(vmm.socket()), UnixAddress.at(guestds.path()), manager, inherited, false, log::add);
        linux = new LinuxMachines(
                new VmHost(engine, networks, _ -> flags, _ -> rates, services, log::add),
                new Sealing(sealers.address(), snapshots, base.keys, base.trust::installed),
                new VmDrives(new ArtefactStore(artefacts, artefacts), Optional.empty(), base.trust::installed),
                () -> {});
        linux.watch(_ -> {});
        machines = linux.machines();
        host = new Host(records, base.keys, networks, machines, new Changes(), Runnable::run);
    }

    void recover() throws IOException, StepException {
        new Recovery(records, machines).run(() -> {});
        linux.closeLeftovers();
    }

    static InheritedFds.Named kept(String kind, Fd fd) {
        return new InheritedFds.Named(new FdName(kind + "-" + ID), fd);
    }

    /// Operators sign another grant, with these runtimes, and a state follows from it.
    void grantRuntimes(GuestRuntime... runtimes) {
        var now = base.grant.value();
        base.grant = base.ceremony.verified(new Grant(
                now.tenant(),
                now.version() + 1,
                now.network(),
                now.notBefore(),
                now.expires(),
                now.quotas(),
                now.pools(),
                List.of(runtimes),
                now.keys(),
                now.mode()));
        base.done(new HostOperation.InstallGrant(base.grant.envelope()));
        base.done(base.next(new Counts(2, 1, 0)));
    }

    HostReply perform(HostOperation operation) {
        try {
            return host.perform(HostRequest.unplanned(operation));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    void running() {
        assertDone(new HostOperation.AttachDrives(ID));
        assertDone(new HostOperation.StartInstance(ID));
    }

    void asleep() {
        running();
        sealer(List.of("", SEALED));
        assertDone(new HostOperation.SleepInstance(ID, true));
        vmm.awaitEnd();
        vmm.release();
    }

    private void assertDone(HostOperation operation) {
        assertThat(perform(operation)).as(log.toString()).isEqualTo(new HostReply.Done());
    }

    InstanceRecord record() {
        return base.registry.find(ID).orElseThrow();
    }

    private void guestd(PacketSocket hostd) throws Exception {
        for (var next = hostd.receive(MOST, HANDED, Deadline.never());
                next.isPresent();
                next = hostd.receive(MOST, HANDED, Deadline.never())) {
            try (var packet = next.get()) {
                var words = new String(packet.bytes(), US_ASCII).split("[ \n]", -1);
                boolean vmmCall = words[0].equals("vmm");
                var call = vmmCall ? words[3] : words[0];
                calls.put(call, new String(packet.bytes(), US_ASCII));
                onCall.getOrDefault(call, () -> {}).run();
                var reply = guestd.getOrDefault(call, call.equals("open") ? "connected" : "done");
                if (reply.equals("end")) {
                    return;
                }
                var number = vmmCall || call.equals("open") ? words[1] : words[2];
                hostd.send((reply + " " + number).getBytes(US_ASCII), List.of(), Deadline.never());
            }
        }
    }

    /// Makes sealers of those that answer each packet with the next of `words`, none if empty, and hand the device
    /// over with the last. The last is said without a packet, when [#sealerMayEnd] is open; `end` ends it.
    void sealer(List<String> words) {
        sealers.become(hostd -> {
            try (var request = hostd.receive(MOST, HANDED, Deadline.never()).orElseThrow()) {
                var device = device(request.descriptors());
                for (int i = 0; i < words.size(); i++) {
                    boolean last = i == words.size() - 1;
                    if (last) {
                        sealerMayEnd.await();
                        beforeLastWord.run();
                    } else if (i > 0) {
                        hostd.receive(MOST, 0, Deadline.never()).orElseThrow().close();
                    }
                    if (words.get(i).equals("end")) {
                        return;
                    }
                    say(hostd, words.get(i), last ? device : List.of());
                }
            }
            hostd.receive(MOST, 0, Deadline.never()).ifPresent(packet -> packet.close());
        });
    }

    private static List<Fd> device(List<Fd> handed) throws IOException {
        for (var fd : handed) {
            if (fd.status().special().equals(FUSE)) {
                return List.of(fd);
            }
        }
        return List.of();
    }

    private static void say(PacketSocket hostd, String word, List<Fd> descriptors) throws IOException {
        if (!word.isEmpty()) {
            hostd.send(word.getBytes(US_ASCII), descriptors, Deadline.never());
        }
    }

    /// A connection to a sealer of another hostd's, which replies `word` to the first packet, with its device.
    Fd otherSealer(String word) throws IOException {
        sealers.become(hostd -> {
            hostd.receive(MOST, 0, Deadline.never()).orElseThrow().close();
            try (var device = Fd.open(Path.of("/dev/fuse"), OpenFlag.READ_WRITE)) {
                say(hostd, word, List.of(device));
            }
        });
        return PacketSocket.connect(sealers.address(), Deadline.never()).fd().move();
    }

    /// A connection to one that has ended.
    Fd endedSealer() throws IOException {
        sealers.become(_ -> {});
        return PacketSocket.connect(sealers.address(), Deadline.never()).fd().move();
    }

    /// Descriptors of VMs that this process has open: processes, directories, drives, taps, namespaces and mounts.
    List<String> descriptors() {
        var out = new ArrayList<String>();
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            for (var each : all.toList()) {
                try {
                    var target = Files.readSymbolicLink(each).toString();
                    if (target.matches("anon_inode:\\[pidfd\\]|net:.*|/dev/fuse|/dev/net/tun|pipe:.*|/")
                            || target.startsWith(folder.toString())) {
                        out.add(target);
                    }
                } catch (IOException _) {
                    // closed meanwhile
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.stream()
                .sorted()
                .map(name -> name.replaceFirst(":\\[?[0-9]+.*", ""))
                .toList();
    }

    List<String> links() throws IOException {
        return netlink.links().stream().map(link -> link.name().toString()).toList();
    }

    boolean hasSnapshot() {
        try {
            return snapshots.names(100).contains(ID + ".memory");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    boolean sleeps() {
        try {
            return machines.sealing().sleeps(ID);
        } catch (StepException e) {
            throw new AssertionError(e);
        }
    }

    void removeBridges() {
        try {
            for (var link : netlink.links()) {
                if (link.kind().equals("bridge")) {
                    netlink.delete(link.index());
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// Returns when `condition` holds; the test's time limit ends the waiting.
    static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }

    /// Nothing of the VM is left, or will be: no process, tap, table entry or open descriptor but those of `before`.
    void assertNothingLeft(List<String> before) throws Exception {
        vmm.awaitEnd();
        assertThat(links()).doesNotContain(record().slot().tap());
        assertThat(machines.lifecycle().attached(record())).isFalse();
        assertThat(machines.guests().cpuMillis(ID)).isZero();
        assertThat(record().vm()).isEmpty();
        assertThat(record().intent()).isEmpty();
        vmm.release();
        await(() -> descriptors().equals(before));
    }

    @Override
    public void close() throws IOException {
        sealerMayEnd.countDown();
        if (base.registry.find(ID).isPresent()) {
            perform(new HostOperation.DestroyInstance(ID));
        }
        vmm.close();
        guestds.close();
        sealers.close();
        for (var link : netlink.links()) {
            if (link.kind().equals("bridge") || link.kind().equals("tun")) {
                netlink.delete(link.index());
            }
        }
        nftables.apply("{\"nftables\":[{\"flush\":{\"ruleset\":null}}]}");
        netds.close();
        artefacts.close();
        snapshots.close();
    }
}
