package dev.mvm.linux.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Poll;
import java.nio.file.Path;

/// One process for as long as the descriptor is open, whatever happens to its number; pidfd_open(2).
public final class Pidfd implements AutoCloseable {
    private static final int STAT_SIZE = 4 << 10;
    private static final int CGROUP_SIZE = 64 << 10;

    private final Fd fd;

    private Pidfd(Fd fd) {
        this.fd = fd;
    }

    /// The process that has the number `pid` now.
    @MustBeClosed
    public static Pidfd open(int pid) throws ErrnoException {
        return new Pidfd(Fd.own(SystemCall.PIDFD_OPEN.call(pid, 0)));
    }

    /// Takes over a descriptor that was received or kept for us.
    ///
    /// @throws ErrnoException EBADF if it is not a pidfd; then it stays its owner's
    public static Pidfd own(Fd fd) throws ErrnoException {
        var _ = numberOf(fd);
        return new Pidfd(fd.move());
    }

    /// The process's number in our pid namespace; from `/proc/self/fdinfo`, proc_pid_fdinfo(5).
    ///
    /// @throws ErrnoException ESRCH if it has ended and been collected, or is in a namespace we cannot see
    public int pid() throws ErrnoException {
        int pid = numberOf(fd);
        if (pid <= 0) {
            throw new ErrnoException("pidfd", Errno.ESRCH);
        }
        return pid;
    }

    private static int numberOf(Fd fd) throws ErrnoException {
        try (var infos = Directory.open(Path.of("/proc/self/fdinfo"))) {
            var text = new String(infos.read(Integer.toString(fd.number()), STAT_SIZE), ISO_8859_1);
            for (var line : text.split("\n", -1)) {
                if (line.startsWith("Pid:")) {
                    return Integer.parseInt(line.substring(4).strip());
                }
            }
            throw new ErrnoException("pidfd", Errno.EBADF);
        }
    }

    /// Returns whether the process has not ended. One that has ended and was not yet collected by its parent is not
    /// alive.
    public boolean isAlive() throws ErrnoException {
        return !awaitExit(Deadline.now());
    }

    /// Waits for the process to end; poll(2).
    ///
    /// @return whether it has; `false` when the deadline passes first
    public boolean awaitExit(Deadline deadline) throws ErrnoException {
        return Poll.readable(fd, deadline);
    }

    /// Sends a signal; pidfd_send_signal(2).
    public void signal(int signal) throws ErrnoException {
        var _ = SystemCall.PIDFD_SEND_SIGNAL.call(fd.number(), signal, 0, 0);
    }

    /// Name, parent and start time. Certainly of this process: it was alive after the text had been read, so its
    /// number had not been given to another.
    public ProcessStat stat() throws ErrnoException {
        return ProcessStat.parse(read("stat", STAT_SIZE));
    }

    /// The process's group in the cgroup v2 hierarchy, beginning with a slash; cgroups(7).
    ///
    /// @throws ErrnoException ENOENT if there is no such hierarchy
    public String cgroup() throws ErrnoException {
        for (var line : new String(read("cgroup", CGROUP_SIZE), ISO_8859_1).split("\n", -1)) {
            if (line.startsWith("0::/")) {
                return line.substring(3);
            }
        }
        throw new ErrnoException("/proc/PID/cgroup", Errno.ENOENT, "no cgroup v2");
    }

    private byte[] read(String name, int most) throws ErrnoException {
        try (var directory = Directory.open(Path.of("/proc", Integer.toString(pid())))) {
            var text = directory.read(name, most);
            if (isAlive()) {
                return text;
            }
        } catch (ErrnoException e) {
            if (isAlive()) {
                throw e;
            }
        }
        throw new ErrnoException("pidfd", Errno.ESRCH); // `/proc` says ENOENT if it was collected meanwhile
    }

    /// The descriptor, for passing on; it stays this object's.
    public Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }
}
