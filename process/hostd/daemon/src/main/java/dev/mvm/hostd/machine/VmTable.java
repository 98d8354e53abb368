package dev.mvm.hostd.machine;

import dev.mvm.hostd.engine.SnapshotMount;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.host.VmGuests;
import dev.mvm.hostd.machine.Descriptors.Kind;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.guestd.GuestCall;
import dev.mvm.protocol.guestd.GuestdRequests;
import dev.mvm.protocol.hostd.HostOperation;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// The VMs that this hostd has: looks them up, asks their guests, and ends them.
@SuppressWarnings("MustBeClosedChecker") // a VM's parts live as long as the VM; Vm.close ends them
final class VmTable implements VmGuests {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final long TICK_MILLIS = 10; // USER_HZ, linux/param.h

    private final VmHost host;
    private final Runnable changed;
    private final VmWatch watch;
    private final Map<InstanceId, Vm> vms = new ConcurrentHashMap<>();

    /// @param changed called when something about a guest has changed
    VmTable(VmHost host, Runnable changed) throws ErrnoException {
        this.host = host;
        this.changed = changed;
        this.watch = new VmWatch(new WakeUp(), host.log());
    }

    /// Begins to report ends: each on a thread of its own, because cleaning up may take a while.
    void watch(Consumer<InstanceId> ended) {
        watch.start(id -> Thread.ofPlatform().name("end " + id).daemon().start(() -> ended.accept(id)));
    }

    /// Adds a VM, with a connection to its guest that is not started yet. Takes over `process` and `io`, also if this
    /// fails.
    Vm add(InstanceId id, TenantNet network, Pidfd process, String cgroup, Directory io, SnapshotMount snap)
            throws StepException {
        try {
            var port = host.engine().guestPort(io);
            var guests = host.services().guestds.join(network.net());
            var guest = new GuestConnection(id, io, port, host.engine().transport(), guests, changed, host.log());
            var vm = new Vm(process, cgroup, io, guests, guest, snap);
            vms.put(id, vm);
            return vm;
        } catch (StepException e) {
            io.close();
            process.close();
            throw e;
        }
    }

    /// Begins to watch for a VM's end, and to listen for its guest.
    void start(InstanceId id, Vm vm) throws ErrnoException {
        watch.add(id, vm.process());
        vm.guest().start();
    }

    Optional<Vm> find(InstanceId instance) {
        return Optional.ofNullable(vms.get(instance));
    }

    /// @throws StepException `vmm` if there is no such VM
    Vm require(InstanceId instance) throws StepException {
        return find(instance).orElseThrow(() -> new StepException("vmm", "the VM has ended"));
    }

    Set<InstanceId> ids() {
        return vms.keySet();
    }

    /// Stops to watch for a VM's end, which is expected.
    void expectEnd(InstanceId instance) {
        watch.remove(instance);
    }

    /// Ends a VM if it is in this table, and removes everything that belongs to the slot.
    void end(InstanceId id, Slot slot) throws StepException {
        watch.remove(id);
        try (var vm = vms.remove(id)) {
            // its sealer first: a VMM that waits for an answer of it does not end, not even by SIGKILL
            if (vm != null) {
                vm.snap().close();
            }
            forget(id);
            if (vm != null) {
                host.services().processes.kill(vm.process(), vm.cgroup());
            }
        }
        host.networks().disconnect(slot);
    }

    private void forget(InstanceId id) {
        try {
            host.services().descriptors.forget(id, Kind.values());
        } catch (ErrnoException e) {
            host.log().accept(id + ": the service manager still keeps its descriptors: " + e.getMessage());
        }
    }

    @Override
    public Guest guest(InstanceId instance) {
        return find(instance).map(vm -> vm.guest().guest()).orElse(Guest.ABSENT);
    }

    @Override
    public long cpuMillis(InstanceId instance) {
        var vm = find(instance);
        try {
            return vm.isPresent() ? vm.get().process().stat().usedTicks() * TICK_MILLIS : 0;
        } catch (ErrnoException e) {
            return 0; // it has just ended
        }
    }

    @Override
    public boolean ping(InstanceId instance) throws InterruptedException {
        var vm = find(instance);
        return vm.isPresent() && vm.get().guest().call(GuestCall.PING, LIMIT);
    }

    @Override
    public boolean prepareSleep(InstanceId instance) throws InterruptedException {
        var vm = find(instance);
        return vm.isPresent() && vm.get().guest().await(GuestCall.PREPARE_SLEEP, LIMIT);
    }

    @Override
    public boolean handOver(HostOperation.HandOver o, NetId net, Bytes ahead, Fd agent) {
        var packet = switch (o) {
            case HostOperation.GuestExec(var instance, var exec) -> GuestdRequests.exec(instance, exec, ahead);
            case HostOperation.GuestLogs(var instance, var follow) -> GuestdRequests.logs(instance, follow);
        };
        return host.services().guestds.pass(net, packet, agent);
    }
}
