package dev.mvm.hostd.engine;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.host.Hypervisor;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.protocol.guestd.SessionTransport;
import dev.mvm.protocol.launch.LaunchRequest;

/// One kind of VMM. The VM's `io` directory is the only place where hostd and it meet; what lies there was put by
/// someone hostile, so it is reached through the open directory and never by a path.
///
/// Thread-safe; calls on one VM come one at a time.
public interface Engine {
    /// Describes the VMM.
    Hypervisor hypervisor();

    /// Which user of this host stands for `uid`: itself, but for the user namespace of an ordinary user.
    default int user(int uid) {
        return uid;
    }

    /// Returns whether the VMM can run under a filter of the operator's.
    boolean strict();

    /// Returns whether its VMs have a mount for snapshots.
    boolean mounts();

    /// Returns the request to the launcher.
    LaunchRequest request(Boot boot);

    /// Opens the place where the VM's guest will call: before the VM is let go, or again after a restart of hostd.
    @MustBeClosed
    GuestPort guestPort(Directory io) throws StepException;

    /// Makes a VM that was let go ready to run, or to load what it goes on from: waits for the VMM to answer, and
    /// configures it where it has to be. No instruction of the guest has run yet.
    ///
    /// @param process the VMM's: when that has ended, there is nothing to wait for
    void prepare(Vmm vmm, Boot boot, Pidfd process) throws StepException;

    /// Lets the guest run that was started, or loaded.
    void run(Vmm vmm, Boot boot) throws StepException;

    /// Stops the processors.
    void pause(Vmm vmm) throws StepException;

    /// Lets them run again, with whatever this VMM's version needs to be well afterwards.
    void resume(Vmm vmm) throws StepException;

    /// Returns whether the processors are stopped now.
    boolean paused(Vmm vmm) throws StepException;

    /// The way of its state out of a VM that is paused.
    @MustBeClosed
    StateTransfer out(Vmm vmm) throws StepException;

    /// The way into one that is prepared for it.
    @MustBeClosed
    StateTransfer in(Vmm vmm) throws StepException;

    /// Returns the kind of connection on which guests call.
    SessionTransport transport();
}
