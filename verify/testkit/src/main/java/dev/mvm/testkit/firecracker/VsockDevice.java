package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.FirecrackerVersion;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// The vsock device: a Unix socket where the host asks for connections to guest ports, and connections of the guest
/// to sockets beside it.
final class VsockDevice implements AutoCloseable {
    /// Firecracker reads a request into a buffer of this size.
    private static final int REQUEST = 32;

    private static final Pattern CONNECT =
            Pattern.compile("\\s*connect\\s+(\\d{1,10})(?:\\s.*)?", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private final Path path;
    private final Guest guest;
    private final ProcessThreads threads;
    private final ServerSocketChannel listener;
    private final VsockGate gate;
    private final Set<Mishap> mishaps;
    private int nextPort = 1 << 30;

    /// Binds the socket.
    ///
    /// @param restored whether the device comes out of a snapshot
    VsockDevice(
            Path path,
            FirecrackerVersion version,
            Guest guest,
            ProcessThreads threads,
            Set<Mishap> mishaps,
            boolean restored)
            throws IOException {
        this.path = path;
        this.guest = guest;
        this.threads = threads;
        this.gate = new VsockGate(Quirk.VSOCK_DEAD_AFTER_BARE_RESUME.in(version), restored);
        this.mishaps = restored ? mishaps : Set.of();
        this.listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            listener.bind(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            listener.close();
            throw e;
        }
        threads.start("vsock", this::accept);
    }

    VsockGate gate() {
        return gate;
    }

    private void accept() throws IOException {
        for (var lot = mishaps; true; lot = Set.of()) {
            var host = listener.accept();
            var its = lot;
            threads.start("vsock connection", host, () -> fromHost(host, its));
        }
    }

    private void fromHost(SocketChannel host, Set<Mishap> lot) throws IOException, InterruptedException {
        var request = ByteBuffer.allocate(REQUEST);
        Optional<Guest.Service> service = Optional.empty();
        try {
            service = requested(host, request, lot);
        } finally {
            if (service.isEmpty()) {
                host.close(); // without a word
            }
        }
        if (service.isPresent()) {
            serve(host, request, service.get());
        }
    }

    private void serve(SocketChannel host, ByteBuffer early, Guest.Service service)
            throws IOException, InterruptedException {
        try (var connection = new VsockConnection(host, early, gate)) {
            threads.start("vsock input", host, connection::pump);
            service.serve(connection);
        }
    }

    /// Returns the requested port. Bytes after the request stay in `request`.
    private Optional<Guest.Service> requested(SocketChannel host, ByteBuffer request, Set<Mishap> lot)
            throws IOException, InterruptedException {
        host.read(request);
        var text = US_ASCII.decode(request.duplicate().flip()).toString();
        int end = text.indexOf('\n');
        var match = CONNECT.matcher(text.substring(0, Math.max(end, 0)));
        if (end < 0 || !match.matches()) {
            return Optional.empty();
        }
        request.flip().position(end + 1);
        gate.awaitDelivery();
        var service = service(host, Long.parseLong(match.group(1)), lot);
        if (service.isPresent()) {
            host.write(ByteBuffer.wrap(("OK " + allocatePort() + "\n").getBytes(US_ASCII)));
        }
        return service;
    }

    private Optional<Guest.Service> service(SocketChannel host, long port, Set<Mishap> lot) throws IOException {
        if (lot.contains(Mishap.FIRST_CONNECT_AFTER_RESTORE_CLOSED)) {
            return Optional.empty();
        }
        if (lot.contains(Mishap.FIRST_CONNECT_AFTER_RESTORE_HANGS)) {
            host.read(ByteBuffer.allocate(1)); // until the host gives up
            return Optional.empty();
        }
        return port > Integer.MAX_VALUE ? Optional.empty() : guest.listener((int) port);
    }

    private synchronized int allocatePort() {
        return nextPort++;
    }

    /// A connection of the guest's to the host.
    Channel dial(int port) throws IOException, InterruptedException {
        gate.when(gate::isRunning, () -> true);
        var host = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            host.connect(UnixDomainSocketAddress.of(path + "_" + port));
        } catch (IOException e) {
            host.close();
            throw new ConnectException("reset");
        }
        var connection = new VsockConnection(host, ByteBuffer.allocate(0), gate);
        threads.start("vsock input", host, connection::pump);
        connection.awaitAnswer();
        return connection;
    }

    /// Stops listening. The socket stays in the file system.
    @Override
    public void close() throws IOException {
        listener.close();
    }
}
