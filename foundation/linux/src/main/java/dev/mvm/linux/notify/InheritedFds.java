package dev.mvm.linux.notify;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/// Descriptors that the service manager passed at start: sockets, and what was kept for us; sd_listen_fds(3).
public final class InheritedFds {
    private static final int FIRST = 3; // SD_LISTEN_FDS_START
    private static final int MOST = 8400; // two for each of 4096 VMs, and some more
    private static final int F_SETFD = 2; // asm-generic/fcntl.h
    private static final int FD_CLOEXEC = 1;
    private static final AtomicBoolean TAKEN = new AtomicBoolean();

    private InheritedFds() {}

    /// A descriptor and the name it was passed under, as FileDescriptorName= or FDNAME= set it. Several may have
    /// the same name.
    public record Named(FdName name, Fd fd) implements AutoCloseable {
        @Override
        public void close() {
            fd.close();
        }
    }

    /// Takes over what LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES announce; nothing if they are meant for another
    /// process or absent. The caller owns the descriptors.
    ///
    /// @param environment of this process
    /// @throws ErrnoException EBADMSG if the variables contradict each other or are no numbers, EBADF if a
    ///     descriptor is not open
    /// @throws IllegalStateException when called again: a descriptor has one owner
    public static List<Named> take(Map<String, String> environment) throws ErrnoException {
        if (!TAKEN.compareAndSet(false, true)) {
            throw new IllegalStateException("inherited descriptors were taken before");
        }
        return take(environment, ProcessHandle.current().pid(), FIRST);
    }

    static List<Named> take(Map<String, String> environment, long self, int first) throws ErrnoException {
        if (!environment.containsKey("LISTEN_FDS") || number(environment, "LISTEN_PID", Integer.MAX_VALUE) != self) {
            return List.of();
        }
        int count = number(environment, "LISTEN_FDS", MOST);
        var names = names(environment, count);
        for (int i = 0; i < count; i++) { // all are there, or none is taken
            var _ = SystemCall.FCNTL.call(first + i, F_SETFD, FD_CLOEXEC);
        }
        var out = new ArrayList<Named>();
        for (int i = 0; i < count; i++) {
            out.add(new Named(names.get(i), Fd.own(first + i)));
        }
        return out;
    }

    private static List<FdName> names(Map<String, String> environment, int count) throws ErrnoException {
        var names = new ArrayList<FdName>();
        try {
            for (var name : environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1)) {
                names.add(new FdName(name));
            }
        } catch (IllegalArgumentException _) {
            throw new ErrnoException("sd_listen_fds", Errno.EBADMSG, "LISTEN_FDNAMES");
        }
        if (names.size() != count) {
            throw new ErrnoException("sd_listen_fds", Errno.EBADMSG, "not as many names as descriptors");
        }
        return names;
    }

    private static int number(Map<String, String> environment, String name, int most) throws ErrnoException {
        try {
            int number = Integer.parseInt(environment.getOrDefault(name, ""));
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // refused below
        }
        throw new ErrnoException("sd_listen_fds", Errno.EBADMSG, name);
    }
}
