package dev.mvm.linux.socket;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.Map;

/// The service manager's end of sd_notify(3). As strict as systemd about what it is sent.
public final class FakeServiceManager implements AutoCloseable {
    private static final int O_PATH = 0x20_0000;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Fd socket;
    private final String address;

    /// Listens at `address`, in the notation of NOTIFY_SOCKET.
    public FakeServiceManager(String address) throws ErrnoException {
        this.address = address;
        socket = UnixSocket.create(SocketPair.DATAGRAM);
        try (var arena = Arena.ofConfined()) {
            var name = UnixAddress.parse(address).allocate(arena);
            var _ = SystemCall.BIND.call(socket.number(), name.address(), name.byteSize());
        }
    }

    /// Environment that it sets for a service.
    public Map<String, String> environment() {
        return Map.of("NOTIFY_SOCKET", address);
    }

    /// The next message.
    public Packet next() throws ErrnoException {
        var packet = Messages.receive(socket, 4096, 253, Deadline.in(PATIENCE)).orElseThrow();
        for (var descriptor : packet.descriptors()) {
            if ((descriptor.openFlags() & O_PATH) != 0) {
                packet.close();
                throw new AssertionError("Failed to add fd to store: Bad file descriptor");
            }
        }
        return packet;
    }

    /// The text of the next message, which comes without descriptors.
    public String nextText() throws ErrnoException {
        try (var packet = next()) {
            if (!packet.descriptors().isEmpty()) {
                throw new AssertionError("descriptors");
            }
            return new String(packet.bytes(), UTF_8);
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
