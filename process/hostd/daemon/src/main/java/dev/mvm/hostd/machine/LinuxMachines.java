package dev.mvm.hostd.machine;

import dev.mvm.hostd.artefact.ArtefactStore;
import dev.mvm.hostd.engine.Boot;
import dev.mvm.hostd.engine.Engine;
import dev.mvm.hostd.engine.SnapshotMount;
import dev.mvm.hostd.host.ArtefactException;
import dev.mvm.hostd.host.Hypervisor;
import dev.mvm.hostd.host.Machines;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.machine.Descriptors.Kind;
import dev.mvm.hostd.network.LinuxNetworks;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.hostd.snapshot.Sealing;
import dev.mvm.hostd.volume.Volumes;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.mount.DetachedMount;
import dev.mvm.linux.mount.Tmpfs;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.linux.process.ThreadStatus;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.guestd.GuestCall;
import dev.mvm.protocol.launch.Descriptor;
import dev.mvm.protocol.sealer.SealReply;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.RefusedException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// VMs on a real kernel.
@SuppressWarnings("MustBeClosedChecker") // what a VM needs lives as long as the VM; Vm.close and Drives.close end it
public final class LinuxMachines implements Machines {
    private static final Duration PING = Duration.ofSeconds(10);
    /// How long a guest may take to be on the line again, and to confirm that it is another.
    private static final Duration GREETING = Duration.ofSeconds(60);

    private static final Duration AFTER_POWER_OFF = Duration.ofSeconds(2);
    private static final long IO_BYTES = 4L << 20;
    private static final int IO_FILES = 64;
    private static final int SETGID_GROUP = 02770;
    private static final long TICK_MILLIS = 10; // USER_HZ, linux/param.h

    /// Artefacts that were checked and are held open for the next start.
    private record Drives(Fd kernel, Fd rootfs, Optional<Fd> volume) implements AutoCloseable {
        @Override
        public void close() {
            kernel.close();
            rootfs.close();
            volume.ifPresent(Fd::close);
        }
    }

    private final Engine engine;
    private final Sealing snapshots;
    private final ArtefactStore artefacts;
    private final LinuxNetworks networks;
    private final Optional<Volumes> volumes;
    private final HostServices outside;
    private final Runnable changed;
    private final Consumer<String> log;
    private final VmWatch watch;
    private final Map<InstanceId, Vm> vms = new ConcurrentHashMap<>();
    private final Map<InstanceId, Drives> drives = new ConcurrentHashMap<>();

    /// @param volumes empty where there are none
    /// @param changed told when something about a guest has changed
    public LinuxMachines(
            Engine engine,
            Sealing snapshots,
            ArtefactStore artefacts,
            LinuxNetworks networks,
            Optional<Volumes> volumes,
            HostServices outside,
            Runnable changed,
            Consumer<String> log)
            throws ErrnoException {
        this.engine = engine;
        this.snapshots = snapshots;
        this.artefacts = artefacts;
        this.networks = networks;
        this.volumes = volumes;
        this.outside = outside;
        this.changed = changed;
        this.log = log;
        this.watch = new VmWatch(new WakeUp(), log);
    }

    /// Begins to tell of ends: each on a thread of its own, for cleaning up may take a while.
    public void watch(Consumer<InstanceId> ended) {
        watch.start(id -> Thread.ofPlatform().name("end " + id).daemon().start(() -> ended.accept(id)));
    }

    @Override
    public Hypervisor hypervisor() {
        return engine.hypervisor();
    }

    @Override
    public void attach(InstanceRecord instance, int held) throws ArtefactException, StepException {
        var id = instance.address().instance();
        var earlier = drives.remove(id);
        if (earlier != null) {
            earlier.close();
        }
        boolean wanted = volumes.isPresent() && instance.resources().diskGib() > 0;
        try (var kernel = artefacts.open(instance.revision().kernel());
                var rootfs = artefacts.open(instance.revision().rootfs())) {
            var volume = wanted ? Optional.of(volumes.get().open(instance, held)) : Optional.<Fd>empty();
            drives.put(id, new Drives(kernel.move(), rootfs.move(), volume));
        }
    }

    private void closeVolume(InstanceId id) throws StepException {
        if (volumes.isPresent()) {
            volumes.get().close(id);
        }
    }

    /// Closes volumes that are open for no VM that is here.
    public void closeLeftovers() throws IOException {
        if (volumes.isPresent()) {
            volumes.get().closeOthers(vms.keySet());
        }
    }

    @Override
    public void erase(InstanceId instance) throws StepException {
        snapshots.destroy(instance, true);
        if (volumes.isPresent()) {
            volumes.get().erase(instance);
        }
    }

    @Override
    public void rekey(InstalledState next, Collection<InstanceRecord> instances) throws RefusedException {
        if (volumes.isPresent()) {
            volumes.get().rekey(next, instances);
        }
        for (var instance : instances) {
            if (instance.state() == InstanceState.SLEEPING) {
                rekey(next, instance);
            }
        }
    }

    private void rekey(InstalledState next, InstanceRecord instance) throws RefusedException {
        try {
            snapshots.rekey(next, instance);
        } catch (StepException e) {
            if (e.label().value().matches("snapshot_.*|no_snapshot_key")) { // it could not be woken before either
                log.accept(instance.address() + ": its sleep is not put under another key: " + e.getMessage());
                return;
            }
            throw new RefusedException(
                    DocumentReason.KEY_NOT_OPENED,
                    instance.address() + ": its sleep is not put under it: " + e.getMessage());
        }
    }

    @Override
    public boolean attached(InstanceId instance) {
        return drives.containsKey(instance);
    }

    /// What happens to a VM on its way.
    @FunctionalInterface
    private interface Step {
        void run(Vm vm) throws StepException, InterruptedException;
    }

    /// @param known told when the process is
    /// @param load what goes into it before it runs
    /// @param greet done when it runs, before it is on its network
    private record Way(IdentityListener known, Step load, Step greet) {}

    @Override
    public void start(InstanceRecord instance, TenantNet network, IdentityListener listener)
            throws StepException, InterruptedException {
        start(instance, network, false, new Way(listener, _ -> {}, _ -> {}));
    }

    @Override
    public boolean sleeps(InstanceId instance) throws StepException {
        return !engine.mounts() || vm(instance).snap().here();
    }

    @Override
    public boolean prepareSleep(InstanceId instance) throws InterruptedException {
        var vm = vms.get(instance);
        return vm != null && vm.line().await(GuestCall.PREPARE_SLEEP, PING);
    }

    @Override
    public long seal(InstanceRecord instance) throws StepException {
        try (var passage = engine.out(vm(instance.address().instance()))) {
            return snapshots.seal(instance, engine.hypervisor().vmm(), passage);
        }
    }

    @Override
    public boolean interrupt(InstanceId instance) throws StepException {
        return snapshots.interrupt(instance);
    }

    @Override
    public void forget(InstanceId instance) throws StepException {
        snapshots.destroy(instance, false);
    }

    @Override
    public void wake(InstanceRecord instance, TenantNet network, IdentityListener listener, Consumption consumption)
            throws StepException, InterruptedException {
        start(instance, network, true, new Way(listener, vm -> load(instance, vm, consumption), LinuxMachines::greet));
    }

    private void load(InstanceRecord instance, Vm vm, Consumption consumption) throws StepException {
        try (var passage = engine.in(vm)) {
            var sealer = snapshots.open(instance, engine.hypervisor().vmm(), passage, () -> {
                vm.requireAlive(); // its epoch is not used up for nothing
                consumption.run();
            });
            sealer.ifPresent(rest -> vm.snap().follow(rest, () -> awaitMemory(vm, instance, rest)));
        }
    }

    /// Hears what becomes of a wake whose guest runs before all of its memory is there. It does not go on without.
    private void awaitMemory(Vm vm, InstanceRecord instance, PacketSocket sealer) {
        try {
            try {
                var _ = Sealing.last(sealer, vm.snap()::giveBack, SealReply.Opened.class);
            } catch (IOException | StepException e) {
                log.accept(instance.address() + " is ended, for not all of its memory came: " + e.getMessage());
                outside.processes().kill(vm.process(), vm.cgroup());
            }
            forget(instance.address().instance());
        } catch (StepException e) {
            log.accept(instance.address() + ": " + e.getMessage());
        }
    }

    /// Hears a sealer out that an earlier hostd had asked to seal, and that was told to stop.
    private void awaitStop(Vm vm, PacketSocket sealer) {
        try {
            var _ = Sealing.last(sealer, vm.snap()::giveBack, SealReply.Refused.class);
        } catch (IOException | StepException e) {
            log.accept(e.getMessage());
        }
    }

    /// A guest that goes on as a copy of what it was must not draw the same random numbers again.
    private static void greet(Vm vm) throws StepException, InterruptedException {
        if (!vm.line().await(GuestCall.REKEY, GREETING)) {
            throw new StepException("guest_not_rekeyed", "the guest has not confirmed that it is another one now");
        }
    }

    private void start(InstanceRecord instance, TenantNet network, boolean resumes, Way way)
            throws StepException, InterruptedException {
        var id = instance.address().instance();
        var strict = networks.flags(id).contains(PoolFlag.STRICT);
        var boot = new Boot(id, instance.slot(), network, instance.resources(), strict, resumes);
        boolean runs = false;
        try (var held = drives.remove(id)) {
            if (held == null) {
                throw new StepException("attach", "the drives are not attached");
            }
            if (strict && !engine.strict()) {
                throw new StepException("no_filter", "its pool is strict, and no filter is installed for this VMM");
            }
            attempt(boot, held, way);
            runs = true;
        } finally {
            if (!runs) {
                closeVolume(id);
            }
        }
    }

    /// Nothing is left of it if it fails.
    private void attempt(Boot boot, Drives held, Way way) throws StepException, InterruptedException {
        int user = engine.user(boot.slot().uid());
        boolean apart = engine.request(boot).descriptors().contains(Descriptor.NETNS);
        boolean started = false;
        var snap = outside.descriptors().snap(boot.id());
        try (var mount = DetachedMount.tmpfs(
                        new Tmpfs(IO_BYTES, IO_FILES, SETGID_GROUP, user, 0, outside.neverSwapped()));
                var io = Directory.of(mount);
                var network = networks.connect(boot.id(), boot.network(), boot.slot(), user, apart)) {
            if (!apart && boot.resumes()) {
                networks.set(boot.slot(), false); // nobody hears a guest that may be a copy
            }
            launch(boot, descriptors(boot, mount, held, network, snap), io, snap, way);
            if (apart) {
                networks.fetch(boot.id(), boot.network(), boot.slot(), user, network);
            } else {
                networks.set(boot.slot(), true);
            }
            started = true;
        } catch (ErrnoException e) {
            throw new StepException("launch", e);
        } finally {
            if (!started) {
                snap.close();
                endVm(boot.id(), boot.slot());
            }
        }
    }

    private List<Fd> descriptors(Boot boot, Fd mount, Drives held, Fd network, SnapshotMount snap)
            throws ErrnoException {
        var out = new ArrayList<Fd>();
        for (var wanted : engine.request(boot).descriptors()) {
            out.add(
                    switch (wanted) {
                        case IO -> mount;
                        case KERNEL -> held.kernel();
                        case ROOTFS -> held.rootfs();
                        case TAP, NETNS -> network;
                        case DRIVE -> held.volume().orElseThrow();
                        case SNAP -> snap.mount();
                    });
        }
        return out;
    }

    private void launch(Boot boot, List<Fd> descriptors, Directory io, SnapshotMount snap, Way way)
            throws StepException, ErrnoException, InterruptedException {
        try (var launched = outside.launcher().launch(engine.request(boot), descriptors)) {
            var kept = Directory.of(io.fd());
            var vm = keep(boot.id(), boot.network(), launched.pidfd(), launched.cgroup(), kept, snap);
            way.known().known(outside.processes().identify(launched.pidfd(), launched.cgroup()));
            outside.descriptors().keep(Kind.IO, boot.id(), kept.fd());
            outside.descriptors().keep(Kind.VM, boot.id(), launched.pidfd().fd());
            snap.mounted();
            outside.processes().limit(launched.cgroup(), boot.resources());
            int filters = ThreadStatus.of(Integer.toString(launched.pidfd().pid())).stream()
                    .mapToInt(ThreadStatus::filters)
                    .max()
                    .orElseThrow(() -> new StepException("launch", "the launcher is gone"));
            launched.go();
            engine.prepare(vm, boot, launched.pidfd());
            int user = engine.user(boot.slot().uid());
            var jail = new JailProof(
                    launched.pidfd(), launched.cgroup(), user, boot.network().bridge());
            jail.require(filters);
            way.load().run(vm);
            engine.run(vm, boot.resumes());
            // the threads that run guests were not there before
            jail.require(boot.strict() ? filters + 1 : filters);
            watch.add(boot.id(), launched.pidfd());
            vm.line().start();
            way.greet().run(vm);
        }
    }

    /// Takes over `process` and `io`, also if this fails.
    private Vm keep(InstanceId id, TenantNet network, Pidfd process, String cgroup, Directory io, SnapshotMount snap)
            throws StepException {
        try {
            var port = engine.guestPort(io);
            var guests = outside.guestds().join(network.net());
            var line = new GuestConnection(id, port, engine.line(), guests, changed, log);
            var vm = new Vm(process, cgroup, io, guests, line, snap);
            vms.put(id, vm);
            return vm;
        } catch (StepException e) {
            io.close();
            process.close();
            throw e;
        }
    }

    @Override
    public void pause(InstanceId instance) throws StepException {
        engine.pause(vm(instance));
    }

    @Override
    public void resume(InstanceId instance) throws StepException {
        engine.resume(vm(instance));
    }

    private Vm vm(InstanceId instance) throws StepException {
        var vm = vms.get(instance);
        if (vm == null) {
            throw new StepException("vmm", "it is not there any more");
        }
        return vm;
    }

    @Override
    public boolean powerOff(InstanceId instance, Duration grace) {
        var vm = vms.get(instance);
        if (vm == null) {
            return false;
        }
        try {
            watch.remove(instance);
            return !grace.isZero()
                    && vm.line().powerOff()
                    && vm.process().awaitExit(Deadline.in(grace.plus(AFTER_POWER_OFF)));
        } catch (ErrnoException e) {
            log.accept(instance + ": its end cannot be waited for: " + e.getMessage());
            return false;
        }
    }

    @Override
    public void end(InstanceRecord instance) throws StepException {
        var id = instance.address().instance();
        try (var _ = drives.remove(id)) {
            if (!vms.containsKey(id) && instance.vm().isPresent()) {
                outside.processes().kill(instance.vm().get());
            }
            endVm(id, instance.slot());
        }
        closeVolume(id);
    }

    /// Ends a VM that this hostd has, if it has it, and removes what belongs to the slot.
    private void endVm(InstanceId id, Slot slot) throws StepException {
        watch.remove(id);
        try (var vm = vms.remove(id)) {
            if (vm != null) {
                outside.processes().kill(vm.process(), vm.cgroup());
            }
        }
        try {
            outside.descriptors().forget(id, Kind.values());
        } catch (ErrnoException e) {
            log.accept(id + ": the service manager still keeps its descriptors: " + e.getMessage());
        }
        networks.disconnect(slot);
    }

    @Override
    public Optional<InstanceState> adopt(InstanceRecord instance, TenantNet network) throws StepException {
        var id = instance.address().instance();
        var io = outside.descriptors().take(Kind.IO, id);
        var process = outside.descriptors().take(Kind.VM, id);
        if (io.isEmpty() || process.isEmpty() || instance.vm().isEmpty()) {
            io.ifPresent(Fd::close);
            process.ifPresent(Fd::close);
            return Optional.empty();
        }
        try {
            var pidfd = Pidfd.own(process.get());
            int user = engine.user(instance.slot().uid());
            if (outside.processes().is(pidfd, instance.vm().get())
                    && networks.adopt(id, network, instance.slot(), user)) {
                try {
                    new JailProof(pidfd, instance.vm().get().cgroup(), user, network.bridge()).require(0);
                    return Optional.of(take(instance, network, pidfd, io.get()));
                } catch (StepException e) {
                    // the VMM's own doing, which must not keep hostd from its other VMs
                    log.accept(instance.address() + " is not taken up: " + e.getMessage());
                }
            }
            if (!vms.containsKey(id)) {
                pidfd.close();
                io.get().close();
            }
            return Optional.empty();
        } catch (ErrnoException e) {
            throw new StepException("adopt", e);
        }
    }

    private InstanceState take(InstanceRecord instance, TenantNet network, Pidfd pidfd, Fd inherited)
            throws ErrnoException, StepException {
        var id = instance.address().instance();
        var cgroup = instance.vm().orElseThrow().cgroup();
        Directory io;
        try (inherited) {
            io = Directory.of(inherited);
        }
        var snap = outside.descriptors().snap(id);
        var vm = keep(id, network, pidfd, cgroup, io, snap);
        var device = outside.descriptors().take(Kind.SNAP, id);
        if (device.isPresent()) {
            snap.giveBack(device.get());
        }
        takeUp(vm, instance);
        // nobody else pauses it or lets it run: it is asked only about what hostd was at when it ended
        boolean paused = instance.intent().isPresent() ? engine.paused(vm) : instance.state() == InstanceState.WARM;
        watch.add(id, pidfd);
        vm.line().start();
        return paused ? InstanceState.WARM : InstanceState.RUNNING;
    }

    /// Hears the sealer that an earlier hostd had asked: what seals is told to end, what still wakes a VM goes on.
    private void takeUp(Vm vm, InstanceRecord instance) throws ErrnoException {
        var sealer = outside.descriptors().take(Kind.SEALER, instance.address().instance());
        if (sealer.isPresent() && instance.intent().equals(Optional.of(Intent.SLEEP))) {
            var seals = PacketSocket.own(sealer.get());
            Sealing.stop(seals);
            vm.snap().follow(seals, () -> awaitStop(vm, seals));
        } else if (sealer.isPresent()) {
            var opens = PacketSocket.own(sealer.get());
            vm.snap().follow(opens, () -> awaitMemory(vm, instance, opens));
        }
    }

    @Override
    public Guest guest(InstanceId instance) {
        var vm = vms.get(instance);
        return vm == null ? Guest.ABSENT : vm.line().guest();
    }

    @Override
    public long cpuMillis(InstanceId instance) {
        var vm = vms.get(instance);
        try {
            return vm == null ? 0 : vm.process().stat().usedTicks() * TICK_MILLIS;
        } catch (ErrnoException e) {
            return 0; // it has just ended
        }
    }

    @Override
    public boolean ping(InstanceId instance) throws InterruptedException {
        var vm = vms.get(instance);
        return vm != null && vm.line().call(GuestCall.PING, PING);
    }

    @Override
    public Optional<Refusal> exec(InstanceId instance, Bytes exec, Bytes ahead, Fd agent) {
        var vm = vms.get(instance);
        return vm != null && vm.line().exec(exec, ahead, agent)
                ? Optional.empty()
                : Optional.of(Refusal.GUEST_UNREACHABLE);
    }
}
