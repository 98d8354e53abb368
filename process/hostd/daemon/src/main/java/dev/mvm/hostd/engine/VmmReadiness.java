package dev.mvm.hostd.engine;

import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.linux.socket.UnixStream;
import java.time.Duration;

/// Waits until a VMM listens on a socket in its directory.
public final class VmmReadiness {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LOOK = Duration.ofMillis(5);

    private VmmReadiness() {}

    /// Returns when somebody listens on `name`.
    ///
    /// @param process the VMM's; while it lives there is something to wait for
    public static void await(Directory io, String name, Pidfd process) throws StepException {
        var deadline = Deadline.in(PATIENCE);
        try {
            while (!listens(io, name)) {
                if (process.awaitExit(Deadline.in(LOOK))) {
                    throw new StepException("vmm", "it ended while it started; its launcher's log says why");
                }
                if (deadline.isPassed()) {
                    throw new StepException("vmm", "it does not listen on " + name);
                }
            }
        } catch (ErrnoException e) {
            throw new StepException("vmm", e);
        }
    }

    private static boolean listens(Directory io, String name) throws ErrnoException {
        try (var _ = UnixStream.connect(io, name, Deadline.in(PATIENCE))) {
            return true;
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT && e.errno() != Errno.ECONNREFUSED) {
                throw e;
            }
            return false; // it has to make the socket first, and then to listen on it
        }
    }
}
