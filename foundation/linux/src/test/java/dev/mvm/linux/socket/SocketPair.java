package dev.mvm.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.mvm.linux.call.RawCall;
import dev.mvm.linux.fd.Fd;
import java.lang.foreign.Arena;

/// Two connected Unix sockets; socketpair(2).
public record SocketPair(Fd left, Fd right) implements AutoCloseable {
    public static final int STREAM = 1;
    public static final int DATAGRAM = 2;
    public static final int PACKETS = 5;

    private static final int SOCK_CLOEXEC = 0x8_0000;

    public static SocketPair of(int type) {
        try (var arena = Arena.ofConfined()) {
            var ends = arena.allocate(JAVA_INT, 2);
            long result = RawCall.of(RawCall.SOCKETPAIR, 1, type | SOCK_CLOEXEC, 0, ends.address(), 0);
            if (result != 0) {
                throw new AssertionError("socketpair: " + result);
            }
            return new SocketPair(Fd.own(ends.getAtIndex(JAVA_INT, 0)), Fd.own(ends.getAtIndex(JAVA_INT, 1)));
        }
    }

    @Override
    public void close() {
        left.close();
        right.close();
    }
}
