package dev.mvm.linux.notify;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.socket.Datagram;
import dev.mvm.linux.socket.UnixAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Talks to the service manager that started us; sd_notify(3). Messages are only sent: nothing tells that they arrived.
public final class ServiceManager {
    private static final Duration PATIENCE = Duration.ofSeconds(30); // for room in the service manager's queue
    private static final int O_PATH = 0x20_0000;

    private final Optional<UnixAddress> socket;

    private ServiceManager(Optional<UnixAddress> socket) {
        this.socket = socket;
    }

    /// Returns the service manager named by NOTIFY_SOCKET. A process that was started without that variable has no
    /// service manager: every call then does nothing, and no descriptor is kept.
    ///
    /// @throws IllegalArgumentException if it is set to anything but a Unix socket
    public static ServiceManager from(Map<String, String> environment) {
        return new ServiceManager(
                Optional.ofNullable(environment.get("NOTIFY_SOCKET")).map(UnixAddress::parse));
    }

    /// Start-up is finished.
    public void ready() throws ErrnoException {
        send("READY=1", List.of());
    }

    /// Start-up goes on. One that takes longer than its unit allows is ended unless this is sent again and again.
    ///
    /// @param next the time within which it is sent again, or start-up is finished
    public void starting(Duration next) throws ErrnoException {
        send("EXTEND_TIMEOUT_USEC=" + next.toNanos() / 1000, List.of());
    }

    /// Has a descriptor kept for the next start of this service, which gets it by [InheritedFds]. It stays its
    /// owner's here. Storing a name twice keeps both: [#forget] the old one first.
    ///
    /// The service manager refuses O_PATH handles, which detached mounts are; of such a directory it is given a
    /// reopened descriptor instead.
    public void keep(FdName name, Fd fd) throws ErrnoException {
        if ((fd.openFlags() & O_PATH) == 0) {
            store(name, fd);
        } else {
            try (var directory = Directory.of(fd)) {
                store(name, directory.fd());
            }
        }
    }

    private void store(FdName name, Fd fd) throws ErrnoException {
        send("FDSTORE=1\nFDNAME=" + name, List.of(fd));
    }

    /// Has all descriptors of that name let go.
    public void forget(FdName name) throws ErrnoException {
        send("FDSTOREREMOVE=1\nFDNAME=" + name, List.of());
    }

    private void send(String message, List<Fd> descriptors) throws ErrnoException {
        if (socket.isPresent()) {
            Datagram.send(socket.get(), message.getBytes(UTF_8), descriptors, Deadline.in(PATIENCE));
        }
    }
}
