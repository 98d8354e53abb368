package dev.mvm.hostd.machine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.registry.VmIdentity;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.process.Pidfd;
import java.nio.file.Path;
import java.time.Duration;

/// Which process is which, and how one is ended. A process is only ever ended after it has been recognised.
final class Processes {
    private static final int SIGKILL = 9;
    private static final int ID_BYTES = 64;
    static final String NO_CGROUP = "-";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String bootId;
    private final Launcher launcher;

    Processes(Launcher launcher) throws ErrnoException {
        this.launcher = launcher;
        try (var random = Directory.open(Path.of("/proc/sys/kernel/random"))) {
            this.bootId = new String(random.read("boot_id", ID_BYTES), US_ASCII).strip();
        }
    }

    /// Returns the identity of a process that was just started.
    VmIdentity identify(Pidfd process, String cgroup) throws ErrnoException {
        return new VmIdentity(process.pid(), process.stat().startTicks(), bootId, cgroup);
    }

    /// Returns whether `process` lives and is the one that `identity` was taken of.
    boolean is(Pidfd process, VmIdentity identity) throws ErrnoException {
        if (!identity.bootId().equals(bootId)) {
            return false;
        }
        try {
            return process.isAlive()
                    && process.pid() == identity.pid()
                    && process.stat().startTicks() == identity.startTime();
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ESRCH) {
                return false;
            }
            throw e;
        }
    }

    /// Ends a process that has been recognised, with everything in its cgroup, and waits until it is gone.
    void kill(Pidfd process, String cgroup) throws StepException {
        try {
            if (cgroup.equals(NO_CGROUP)) {
                process.signal(SIGKILL);
            } else {
                launcher.end(process);
            }
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ESRCH) { // it may end while we are at it
                throw new StepException("kill", e);
            }
        }
        awaitEnd(process);
    }

    /// Ends the process that `identity` was taken of, if it still lives.
    void kill(VmIdentity identity) throws StepException {
        try (var process = Pidfd.open(identity.pid())) {
            if (is(process, identity)) {
                kill(process, identity.cgroup());
            }
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ESRCH && e.errno() != Errno.EINVAL) {
                throw new StepException("kill", e);
            }
        }
    }

    private static void awaitEnd(Pidfd process) throws StepException {
        try {
            if (!process.awaitExit(Deadline.in(PATIENCE))) {
                throw new StepException("kill", "the process does not end");
            }
        } catch (ErrnoException e) {
            throw new StepException("kill", e);
        }
    }
}
