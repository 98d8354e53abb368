package dev.mvm.hostd.machine;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.host.VmSealing;
import dev.mvm.hostd.machine.Descriptors.Kind;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.hostd.snapshot.Opening;
import dev.mvm.hostd.snapshot.Sealer;
import dev.mvm.hostd.snapshot.Sealing;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.sealer.SealReply;
import java.io.IOException;
import java.util.Optional;

/// Seals VMs, loads their snapshots, and follows sealers that still work while a VM runs.
@SuppressWarnings("MustBeClosedChecker") // a VM's mount closes the sealer that is followed
final class VmSnapshots implements VmSealing {
    private final VmHost host;
    private final VmTable vms;
    private final Sealing sealing;

    VmSnapshots(VmHost host, VmTable vms, Sealing sealing) {
        this.host = host;
        this.vms = vms;
        this.sealing = sealing;
    }

    @Override
    public boolean sleeps(InstanceId instance) throws StepException {
        return !host.engine().mounts() || vms.require(instance).snap().here();
    }

    @Override
    public long seal(InstanceRecord instance) throws StepException {
        try (var transfer = host.engine().out(vms.require(instance.address().instance()))) {
            return sealing.seal(instance, host.engine().hypervisor().vmm(), transfer);
        }
    }

    @Override
    public boolean keyAtHand(InstanceRecord instance) {
        return sealing.keyAtHand(instance);
    }

    @Override
    public boolean interrupt(InstanceId instance) throws StepException {
        return sealing.interrupt(instance);
    }

    @Override
    public void forget(InstanceId instance) throws StepException {
        sealing.destroy(instance, false);
    }

    /// Prepares to open an instance's snapshot into a VM that is launched for that.
    @MustBeClosed
    Opening opening(InstanceRecord instance, Vm vm) throws StepException {
        return sealing.opening(
                instance, host.engine().hypervisor().vmm(), host.engine().in(vm));
    }

    /// Follows a sealer that brings memory while the guest runs. The guest is killed if not all of it comes.
    ///
    /// @param socket taken over
    void follow(InstanceRecord instance, Vm vm, PacketSocket socket) {
        vm.snap().follow(socket, () -> awaitMemory(instance, vm, socket));
    }

    private void awaitMemory(InstanceRecord instance, Vm vm, PacketSocket socket) {
        try {
            try {
                var _ = new Sealer(socket, vm.snap()::giveBack).last(SealReply.Opened.class);
            } catch (IOException | StepException e) {
                host.log()
                        .accept(instance.address() + " is killed, its memory could not be restored: " + e.getMessage());
                host.services().processes.kill(vm.process(), vm.cgroup());
            }
            forget(instance.address().instance());
        } catch (StepException e) {
            host.log().accept(instance.address() + ": " + e.getMessage());
        }
    }

    /// Follows the sealer that an earlier hostd has left: one that seals is stopped, one that restores a VM goes on.
    void adopt(InstanceRecord instance, Vm vm) throws ErrnoException {
        var inherited =
                host.services().descriptors.take(Kind.SEALER, instance.address().instance());
        if (inherited.isEmpty()) {
            return;
        }
        var socket = PacketSocket.own(inherited.get());
        if (instance.intent().equals(Optional.of(Intent.SLEEP))) {
            var sealer = new Sealer(socket, vm.snap()::giveBack);
            sealer.stop();
            vm.snap().follow(socket, () -> awaitStop(sealer));
        } else {
            follow(instance, vm, socket);
        }
    }

    private void awaitStop(Sealer sealer) {
        try {
            var _ = sealer.last(SealReply.Refused.class);
        } catch (IOException | StepException e) {
            host.log().accept(e.getMessage());
        }
    }
}
