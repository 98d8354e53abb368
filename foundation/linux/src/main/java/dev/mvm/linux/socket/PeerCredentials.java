package dev.mvm.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import java.lang.foreign.Arena;

/// Identity of the connected peer, as the kernel noted it at connect; unix(7), SO_PEERCRED. Numbers only: names would
/// mean asking the name service from the root process.
///
/// @param pid a number that may have been reused since; [UnixSocket#peerProcess] gives a process
public record PeerCredentials(int pid, int uid, int gid) {
    private static final int SO_PEERCRED = 17; // asm-generic/socket.h
    private static final int SIZEOF_UCRED = 12;

    static PeerCredentials of(Fd socket) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var ucred = arena.allocate(SIZEOF_UCRED, Integer.BYTES);
            SocketOption.get(socket, SO_PEERCRED, ucred);
            return new PeerCredentials(ucred.get(JAVA_INT, 0), ucred.get(JAVA_INT, 4), ucred.get(JAVA_INT, 8));
        }
    }
}
