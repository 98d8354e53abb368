package dev.mvm.hostd.host;

import dev.mvm.guestd.Program;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.VmIdentity;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.guest.GuestChannel;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/// VMs that exist only here, but outlive the hostd that started them, and fail or stop the world where they are told
/// to.
public final class FakeMachines implements VmLifecycle, VmSealing, VmGuests {
    /// Says whether the key for an instance's snapshots can be opened.
    public Predicate<InstanceRecord> keyAtHand = _ -> true;

    /// Stands for hostd's death: nothing may catch it on the way out.
    public static final class Crash extends Error {
        private static final long serialVersionUID = 1L;
    }

    private record Vm(int pid, InstanceState state) {}

    private final Map<InstanceId, Vm> vms = new HashMap<>();
    private final Set<InstanceId> attached = new HashSet<>();
    private int nextPid = 100;
    private int stepsLeft = Integer.MAX_VALUE;
    public boolean guestPowersOff = true;

    /// Returns whether hostd has died somewhere else than here.
    BooleanSupplier dead = () -> false;

    /// The guest of all of them, which programs run in.
    public Optional<GuestChannel> guest = Optional.empty();

    /// Bytes that each exec's connection had brought before it was passed on.
    public final List<Bytes> execAhead = new CopyOnWriteArrayList<>();

    /// Connections that were handed over.
    public final List<HostOperation.HandOver> handedOver = new CopyOnWriteArrayList<>();

    /// Set if a connection for which there is no guest here is handed over.
    public boolean handsOver = true;

    /// Those whose VMs do not end.
    public final Set<InstanceId> unkillable = new HashSet<>();

    public Optional<String> failing = Optional.empty();
    public Optional<Refusal> artefacts = Optional.empty();

    /// Those of instances that have one, with how many GiB they were said to have had.
    public final Map<InstanceId, Integer> volumes = new HashMap<>();

    /// The epochs under which instances are sealed.
    public final Map<InstanceId, Long> snapshots = new HashMap<>();

    public boolean guestSleeps = true;

    /// Runs while a guest is asked whether it is ready to sleep.
    public Runnable asking = () -> {};

    /// Runs while a guest is asked for a sign of life.
    public Runnable pinging = () -> {};

    /// Set while no sealer has the mount.
    public boolean guestHasMount = true;

    /// Run while drives are being attached.
    public Runnable attaching = () -> {};

    /// Run while an instance is being sealed.
    public Runnable sealing = () -> {};

    /// Puts what an instance has under the keys in force.
    @FunctionalInterface
    public interface Rekeying {
        boolean rekey(InstanceRecord instance) throws StepException;
    }

    public Rekeying rekeying = _ -> true;

    /// Lets `steps` more effects happen, then crashes.
    public void crashAfter(int steps) {
        stepsLeft = steps;
    }

    private void effect() {
        if (stepsLeft-- <= 0) {
            throw new Crash();
        }
    }

    /// A new hostd, the same VMs: what it held open is gone.
    public void restart() {
        attached.clear();
        stepsLeft = Integer.MAX_VALUE;
    }

    public Set<InstanceId> alive() {
        return vms.keySet();
    }

    public Optional<InstanceState> state(InstanceId id) {
        return Optional.ofNullable(vms.get(id)).map(Vm::state);
    }

    /// The VM ends by itself.
    public void die(InstanceId id) {
        vms.remove(id);
    }

    @Override
    public Hypervisor hypervisor() {
        return new Hypervisor("fake 1", "tcg", List.of("nothing here is real"));
    }

    @Override
    public void attach(InstanceRecord instance, int held) throws ArtefactException {
        attaching.run();
        if (artefacts.isPresent()) {
            throw new ArtefactException(artefacts.get(), "kernel");
        }
        attached.add(instance.address().instance());
        if (instance.resources().diskGib() > 0) {
            volumes.put(instance.address().instance(), Math.max(held, 1));
        }
    }

    @Override
    public boolean attached(InstanceRecord instance) {
        return attached.contains(instance.address().instance());
    }

    /// All views of these VMs.
    public Machines machines() {
        return new Machines(this, this, this);
    }

    @Override
    public VmLaunch launch(InstanceRecord instance, TenantNet network, boolean resumes) {
        var id = instance.address().instance();
        if (!attached.remove(id)) {
            throw new AssertionError("launched without drives");
        }
        if (vms.containsKey(id)) {
            throw new AssertionError("launched twice");
        }
        return new Launch(instance, resumes);
    }

    /// The steps of one launch, each with the effects that a VM's has.
    private final class Launch implements VmLaunch {
        private final InstanceRecord instance;
        private final InstanceId id;
        private final boolean resumes;
        private final int pid = nextPid++;
        private boolean open;

        Launch(InstanceRecord instance, boolean resumes) {
            this.instance = instance;
            this.id = instance.address().instance();
            this.resumes = resumes;
        }

        @Override
        public VmIdentity launchPaused() {
            return new VmIdentity(pid, pid, "boot", "mvm.slice/vm-" + id);
        }

        @Override
        public void proveJail() {
            effect();
            vms.put(id, new Vm(pid, InstanceState.RUNNING));
        }

        @Override
        public void verifyManifest() throws StepException {
            effect();
            fail("open");
            if (!Objects.equals(snapshots.get(id), instance.sleep().epoch())) {
                throw new StepException("snapshot_wrong_epoch", "another sleep's");
            }
        }

        @Override
        public void loadState() {
            effect();
        }

        @Override
        public void followRestore() {
            snapshots.remove(id);
            effect();
        }

        @Override
        public void resume() throws StepException {
            if (!resumes) {
                fail("boot");
            }
        }

        @Override
        public void reseed() throws StepException {
            fail("rekey");
        }

        @Override
        public void openNetwork() {
            effect();
            open = true;
        }

        /// Does nothing if hostd has died meanwhile.
        @Override
        public void close() {
            if (!open && stepsLeft >= 0 && !dead.getAsBoolean()) {
                vms.remove(id);
            }
        }
    }

    @Override
    public void pause(InstanceId instance) throws StepException {
        fail("pause");
        effect();
        vms.computeIfPresent(instance, (_, vm) -> new Vm(vm.pid, InstanceState.WARM));
        effect();
    }

    @Override
    public void resume(InstanceId instance) throws StepException {
        fail("resume");
        effect();
        vms.computeIfPresent(instance, (_, vm) -> new Vm(vm.pid, InstanceState.RUNNING));
        effect();
    }

    @Override
    public boolean sleeps(InstanceId instance) {
        return guestHasMount;
    }

    @Override
    public boolean prepareSleep(InstanceId instance) {
        if (!state(instance).equals(Optional.of(InstanceState.RUNNING))) {
            throw new AssertionError("a guest that does not run was asked");
        }
        effect();
        asking.run();
        return guestSleeps;
    }

    @Override
    public long seal(InstanceRecord instance) throws StepException {
        var id = instance.address().instance();
        if (!state(id).equals(Optional.of(InstanceState.WARM))) {
            throw new AssertionError("sealed while it runs");
        }
        effect();
        sealing.run();
        fail("seal");
        snapshots.put(id, instance.sleep().epoch());
        effect();
        return 4096;
    }

    @Override
    public boolean keyAtHand(InstanceRecord instance) {
        return keyAtHand.test(instance);
    }

    @Override
    public boolean interrupt(InstanceId instance) {
        failing = Optional.of("seal");
        return true;
    }

    @Override
    public void forget(InstanceId instance) throws StepException {
        fail("forget");
        effect();
        snapshots.remove(instance);
        effect();
    }

    @Override
    public boolean powerOff(InstanceId instance, Duration grace) {
        effect();
        if (guestPowersOff) {
            vms.remove(instance);
        }
        return guestPowersOff;
    }

    @Override
    public void end(InstanceRecord instance) throws StepException {
        if (unkillable.contains(instance.address().instance())) {
            throw new StepException("kill", "the process does not end");
        }
        fail("kill");
        effect();
        vms.remove(instance.address().instance());
        attached.remove(instance.address().instance());
        effect();
    }

    @Override
    public void erase(InstanceId instance) throws StepException {
        fail("erase");
        effect();
        volumes.remove(instance);
        snapshots.remove(instance);
        effect();
    }

    @Override
    public boolean rekey(InstanceRecord instance) throws StepException {
        return rekeying.rekey(instance);
    }

    @Override
    public Optional<InstanceState> adopt(InstanceRecord instance, TenantNet network) {
        var vm = vms.get(instance.address().instance());
        boolean same = vm != null
                && instance.vm().filter(identity -> identity.pid() == vm.pid).isPresent();
        return same ? Optional.of(vm.state) : Optional.empty();
    }

    private void fail(String step) throws StepException {
        if (failing.equals(Optional.of(step))) {
            throw new StepException(step, 5, "told to fail");
        }
    }

    @Override
    public Guest guest(InstanceId instance) {
        return vms.containsKey(instance) ? new Guest(true, true, Observation.Hook.NONE) : Guest.ABSENT;
    }

    @Override
    public long cpuMillis(InstanceId instance) {
        return vms.containsKey(instance) ? 420 : 0;
    }

    @Override
    public boolean ping(InstanceId instance) {
        pinging.run();
        return vms.containsKey(instance);
    }

    /// The program has a connection of its own, as in another process.
    @Override
    @SuppressWarnings("MustBeClosedChecker") // the program's thread closes it
    public boolean handOver(HostOperation.HandOver o, NetId net, Bytes ahead, Fd agent) {
        handedOver.add(o);
        if (guest.isEmpty() || !(o instanceof HostOperation.GuestExec(var _, var exec))) {
            return handsOver;
        }
        execAhead.add(ahead);
        try {
            var connection = UnixStream.own(agent.duplicate());
            Thread.ofPlatform().daemon().start(() -> {
                try (connection) {
                    new Program(connection, ahead, _ -> {}).run(guest, exec);
                }
            });
            return true;
        } catch (ErrnoException e) {
            throw new AssertionError(e);
        }
    }
}
