package dev.mvm.sealer;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.mvm.linux.call.Library;
import dev.mvm.linux.fd.Fd;
import java.io.IOException;
import java.lang.foreign.Arena;

/// Two connected Unix sockets; socketpair(2).
record Sockets(Fd left, Fd right) implements AutoCloseable {
    static final int STREAM = 1;
    static final int DATAGRAM = 2;
    static final int PACKETS = 5;

    private static final int SOCK_CLOEXEC = 0x8_0000;

    static Sockets pair(int type) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var ends = arena.allocate(JAVA_INT, 2);
            var socketpair = Library.LIBC.find("socketpair");
            if ((int) socketpair.call(1, type | SOCK_CLOEXEC, 0, ends.address()) != 0) {
                throw new AssertionError("socketpair");
            }
            return new Sockets(Fd.own(ends.getAtIndex(JAVA_INT, 0)), Fd.own(ends.getAtIndex(JAVA_INT, 1)));
        }
    }

    @Override
    public void close() {
        left.close();
        right.close();
    }
}
