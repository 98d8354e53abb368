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
import java.util.Optional;

/// Which process is which, and how one is ended. A process is only ever ended after it has been recognised.
public final class Processes {
    private static final int SIGKILL = 9;
    private static final int ID_BYTES = 64;
    static final String NO_CGROUP = "-";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String bootId;
    private final Launcher launcher;

    Processes(Launcher launcher) throws ErrnoException {
        this.launcher = launcher;
        this.bootId = bootId();
    }

    /// Returns which boot of the machine this is; random(4).
    public static String bootId() throws ErrnoException {
        try (var random = Directory.open(Path.of("/proc/sys/kernel/random"))) {
            return new String(random.read("boot_id", ID_BYTES), US_ASCII).strip();
        }
    }

    /// Returns the identity of a process that was just started.
    VmIdentity identify(Pidfd process, String cgroup) throws ErrnoException {
        return new VmIdentity(process.pid(), process.stat().startTicks(), bootId, cgroup);
    }

    /// Ends a process that has been recognised, with everything in its cgroup, and waits until it is gone.
    void kill(Pidfd process, String cgroup) throws StepException {
        try {
            if (cgroup.equals(NO_CGROUP)) {
                process.signal(SIGKILL);
            } else {
                launcher.end(process);
            }
            if (!process.awaitExit(Deadline.in(PATIENCE))) {
                throw new StepException("kill", "the process does not end");
            }
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ESRCH) { // it may have ended by itself
                throw new StepException("kill", e);
            }
        }
    }

    /// Finds the process that `identity` was taken of, if it still lives. The caller owns it.
    Optional<Pidfd> find(VmIdentity identity) throws StepException {
        try (var process = Pidfd.open(identity.pid())) {
            boolean same = identity.bootId().equals(bootId) && process.stat().startTicks() == identity.startTime();
            // asked last, so that what was read is of this process, and of no later one with its number
            return same && process.isAlive() ? Optional.of(Pidfd.own(process.fd())) : Optional.empty();
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ESRCH || e.errno() == Errno.EINVAL) {
                return Optional.empty();
            }
            throw new StepException("process", e);
        }
    }

    /// Ends the process that `identity` was taken of, if it still lives.
    void kill(VmIdentity identity) throws StepException {
        var found = find(identity);
        if (found.isPresent()) {
            try (var process = found.get()) {
                kill(process, identity.cgroup());
            }
        }
    }
}
