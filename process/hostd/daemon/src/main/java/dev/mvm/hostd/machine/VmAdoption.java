package dev.mvm.hostd.machine;

import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.machine.Descriptors.Kind;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.model.InstanceState;
import dev.mvm.model.TenantNet;
import java.util.Optional;

/// Adopts VMs that an earlier hostd has started, by the descriptors that the service manager has kept.
@SuppressWarnings("MustBeClosedChecker") // a VM's parts live as long as the VM; Vm.close ends them
final class VmAdoption {
    private final VmHost host;
    private final VmTable vms;
    private final VmSnapshots snapshots;

    VmAdoption(VmHost host, VmTable vms, VmSnapshots snapshots) {
        this.host = host;
        this.vms = vms;
        this.snapshots = snapshots;
    }

    /// Adopts a VM whose process is the recorded one and proves its jail.
    ///
    /// @return the state it is in, empty if it is not adopted: its descriptors are closed then, or in the table
    Optional<InstanceState> adopt(InstanceRecord instance, TenantNet network) throws StepException {
        var id = instance.address().instance();
        var io = host.services().descriptors.take(Kind.IO, id);
        var process = instance.vm().isPresent()
                ? host.services().processes.find(instance.vm().get())
                : Optional.<Pidfd>empty();
        if (io.isEmpty() || process.isEmpty()) {
            io.ifPresent(Fd::close);
            process.ifPresent(Pidfd::close);
            return Optional.empty();
        }
        try {
            int user = host.user(instance.slot());
            if (host.networks().adopt(network, instance.slot(), user)) {
                try {
                    var cgroup = instance.vm().orElseThrow().cgroup();
                    JailProof.require(process.get(), cgroup, user, network.bridge(), 0);
                    return Optional.of(take(instance, network, process.get(), io.get()));
                } catch (StepException e) {
                    // caused by the VMM, which must not keep hostd from its other VMs
                    host.log().accept(instance.address() + " is not adopted: " + e.getMessage());
                }
            }
            if (vms.find(id).isEmpty()) {
                process.get().close();
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
        var snap = host.services().descriptors.snap(id);
        var vm = vms.add(id, network, pidfd, cgroup, io, snap);
        var device = host.services().descriptors.take(Kind.SNAP, id);
        if (device.isPresent()) {
            snap.giveBack(device.get());
        }
        snapshots.adopt(instance, vm);
        // only hostd pauses and resumes it: the VMM is asked only if hostd ended in the middle of an operation
        boolean paused =
                instance.intent().isPresent() ? host.engine().paused(vm) : instance.state() == InstanceState.WARM;
        vms.start(id, vm);
        return paused ? InstanceState.WARM : InstanceState.RUNNING;
    }
}
