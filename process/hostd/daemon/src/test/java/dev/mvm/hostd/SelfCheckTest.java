package dev.mvm.hostd;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.socket.UnixListener;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tests of the questions that hostd asks about the socket that it was started with.
final class SelfCheckTest {
    private static final short AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;

    @TempDir
    private Path folder;

    /// Any user of the node may bind a name of any bytes in the abstract namespace, and reads the inode of every
    /// socket in /proc/net/unix.
    @Test
    @Tag("claim-P6")
    void socketOfALocalUser_whoseNameForgesALineOfProc_changesNothing() throws Exception {
        try (var directory = Directory.open(folder);
                var listener = UnixListener.streams(directory, "hostd.sock", 0600);
                var bound = listener.fd().duplicate();
                var input = listener.fd().duplicate();
                var _ = bound("\0x\nffff: 00000002 00000000 00010000 0001 01 " + inode(bound) + " /elsewhere")) {
            var path = "/proc/self/fd/" + directory.fd().number() + "/hostd.sock"; // as it was bound
            assertThatCode(() -> SelfCheck.listens(input, path)).doesNotThrowAnyException();
        }
    }

    @Test
    void socketOfAnotherPath_ofNoPath_orNone_isNotHostds() throws Exception {
        try (var directory = Directory.open(folder);
                var listener = UnixListener.streams(directory, "other.sock", 0600);
                var input = listener.fd().duplicate();
                var unbound = bound("\0/run/mvm/hostd.sock");
                var memory = Fd.inMemory()) {
            listen(unbound);
            assertThatThrownBy(() -> SelfCheck.listens(input, "/run/mvm/hostd.sock"))
                    .hasMessageContaining("other.sock");
            assertThatThrownBy(() -> SelfCheck.listens(unbound, "/run/mvm/hostd.sock"))
                    .hasMessageContaining("no path");
            assertThatThrownBy(() -> SelfCheck.listens(memory, "/run/mvm/hostd.sock"))
                    .isInstanceOf(ErrnoException.class);
        }
    }

    private static String inode(Fd socket) throws IOException {
        return Files.readSymbolicLink(socket.path()).toString().replaceAll("[^0-9]", ""); // socket:[NUMBER]
    }

    private static void listen(Fd socket) throws ErrnoException {
        var _ = SystemCall.LISTEN.call(socket.number(), 1);
    }

    @SuppressWarnings("MustBeClosedChecker") // the caller's
    private static Fd bound(String name) throws ErrnoException {
        var bytes = name.getBytes(US_ASCII);
        try (var arena = Arena.ofConfined();
                var socket = Fd.own(SystemCall.SOCKET.call(AF_UNIX, SOCK_STREAM, 0))) {
            var address = arena.allocate(2 + bytes.length, Short.BYTES);
            address.set(JAVA_SHORT, 0, AF_UNIX);
            MemorySegment.copy(bytes, 0, address, JAVA_BYTE, 2, bytes.length);
            var _ = SystemCall.BIND.call(socket.number(), address.address(), address.byteSize());
            return socket.move();
        }
    }
}
