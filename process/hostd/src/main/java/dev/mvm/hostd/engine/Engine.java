package dev.mvm.hostd.engine;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.protocol.guestline.Link;
import dev.mvm.protocol.launch.LaunchRequest;
import java.util.List;
import java.util.Optional;

/// One kind of VMM. The VM's `io` directory is the only place where hostd and it meet; what lies there was put by
/// someone hostile, so it is reached through the open directory and never by a path.
///
/// Thread-safe; calls on one VM come one at a time.
public interface Engine {
    /// The VMM and its version, for people.
    String vmm();

    /// What guests run with: `kvm` or `tcg`.
    String accelerator();

    /// What guests cannot have with it, each in plain words.
    List<String> limits();

    /// Whether it can run under a filter of the operator's.
    boolean strict();

    /// What to ask the launcher for.
    LaunchRequest request(Boot boot);

    /// Opens the place where the VM's guest will call: before the VM is let go, or again after a restart of hostd.
    @MustBeClosed
    GuestPort guestPort(Directory io) throws StepException;

    /// Makes a VM that was let go ready to run: waits for the VMM to answer, and configures it where it has to be. No
    /// instruction of the guest has run yet.
    ///
    /// @param process the VMM's: when that has ended, there is nothing to wait for
    void prepare(Directory io, Boot boot, Pidfd process) throws StepException;

    /// Lets the guest run.
    void run(Directory io) throws StepException;

    /// Stops the processors.
    void pause(Directory io) throws StepException;

    /// Lets them run again, with whatever this VMM's version needs to be well afterwards.
    void resume(Directory io) throws StepException;

    /// Whether the processors are stopped now.
    boolean paused(Directory io) throws StepException;

    /// What puts its VMs to sleep; empty if they cannot be.
    default Optional<Snapshots> snapshots() {
        return Optional.empty();
    }

    /// What kind of line guests call on.
    Link line();
}
