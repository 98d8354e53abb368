package dev.mvm.hostd.machine;

import dev.mvm.hostd.host.ArtefactException;
import dev.mvm.hostd.host.Hypervisor;
import dev.mvm.hostd.host.Machines;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.host.VmLaunch;
import dev.mvm.hostd.host.VmLifecycle;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.snapshot.Sealing;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.TenantNet;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/// VMs on a real kernel: assembles the classes of this package, and is their lifecycle.
public final class LinuxMachines implements VmLifecycle {
    private static final Duration AFTER_POWER_OFF = Duration.ofSeconds(2);

    private final VmHost host;
    private final Sealing sealing;
    private final VmDrives drives;
    private final VmTable vms;
    private final VmSnapshots snapshots;
    private final VmLauncher launcher;
    private final VmAdoption adoption;

    /// @param changed called when something about a guest has changed
    public LinuxMachines(VmHost host, Sealing sealing, VmDrives drives, Runnable changed) throws ErrnoException {
        this.host = host;
        this.sealing = sealing;
        this.drives = drives;
        this.vms = new VmTable(host, changed);
        this.snapshots = new VmSnapshots(host, vms, sealing);
        this.launcher = new VmLauncher(host, vms, drives, snapshots);
        this.adoption = new VmAdoption(host, vms, snapshots);
    }

    /// Returns this with the other views of its VMs.
    public Machines machines() {
        return new Machines(this, snapshots, vms);
    }

    /// Begins to report ends of VMs, each on a thread of its own.
    public void watch(Consumer<InstanceId> ended) {
        vms.watch(ended);
    }

    /// Closes mappings of volumes that no VM has, and kept descriptors that no VM has claimed.
    public void closeLeftovers() throws IOException {
        drives.closeOthers(vms.ids());
        host.services().descriptors.forgetRest();
    }

    @Override
    public Hypervisor hypervisor() {
        return host.engine().hypervisor();
    }

    @Override
    public void attach(InstanceRecord instance, int held) throws ArtefactException, StepException {
        drives.attach(instance, held);
    }

    @Override
    public boolean attached(InstanceRecord instance) {
        return drives.attached(instance);
    }

    @Override
    public VmLaunch launch(InstanceRecord instance, TenantNet network, boolean resumes) {
        return launcher.launch(instance, network, resumes);
    }

    @Override
    public void pause(InstanceId instance) throws StepException {
        host.engine().pause(vms.require(instance));
    }

    @Override
    public void resume(InstanceId instance) throws StepException {
        host.engine().resume(vms.require(instance));
    }

    @Override
    public boolean powerOff(InstanceId instance, Duration grace) {
        var vm = vms.find(instance);
        if (vm.isEmpty()) {
            return false;
        }
        try {
            vms.expectEnd(instance);
            return !grace.isZero()
                    && vm.get().guest().powerOff()
                    && vm.get().process().awaitExit(Deadline.in(grace.plus(AFTER_POWER_OFF)));
        } catch (ErrnoException e) {
            host.log().accept(instance + ": cannot wait for its end: " + e.getMessage());
            return false;
        }
    }

    @Override
    public void end(InstanceRecord instance) throws StepException {
        var id = instance.address().instance();
        try {
            if (vms.find(id).isEmpty() && instance.vm().isPresent()) {
                host.services().processes.kill(instance.vm().get());
            }
            vms.end(id, instance.slot());
        } finally {
            drives.drop(id);
        }
        drives.closeVolume(id);
    }

    @Override
    public void erase(InstanceId instance) throws StepException {
        sealing.destroy(instance, true); // its working set, too
        drives.erase(instance);
    }

    @Override
    public boolean rekey(InstanceRecord instance) throws StepException {
        boolean volume = drives.rekey(instance);
        return sealing.rekey(instance) && volume;
    }

    @Override
    public Optional<InstanceState> adopt(InstanceRecord instance, TenantNet network) throws StepException {
        return adoption.adopt(instance, network);
    }
}
