package dev.mvm.linux.socket;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import java.lang.foreign.Arena;

/// A listener for packets such as the service manager makes for a service.
public final class PacketListener {
    private static final int BACKLOG = 128;
    private static final int OWNER_ONLY = 0600;

    private PacketListener() {}

    /// Listens under `name` in `directory`.
    public static UnixListener in(Directory directory, String name) throws ErrnoException {
        try (var socket = UnixSocket.create(UnixSocket.SOCK_SEQPACKET);
                var arena = Arena.ofConfined()) {
            var address = UnixAddress.in(directory, name).allocate(arena);
            var _ = SystemCall.FCHMOD.call(socket.number(), OWNER_ONLY);
            var _ = SystemCall.BIND.call(socket.number(), address.address(), address.byteSize());
            var _ = SystemCall.LISTEN.call(socket.number(), BACKLOG);
            return UnixListener.own(socket);
        }
    }
}
