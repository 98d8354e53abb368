package dev.mvm.hostd.qemu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.protocol.qmp.QmpCommand;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A QEMU that puts symbolic links to another VM's sockets where hostd expects its own.
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown()
final class LinkedSocketTest {
    private static final Pattern ID = Pattern.compile("\"id\":([0-9]+)");
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @TempDir
    Path root;

    private WakeUp stop;
    private Directory io;
    private Directory other;
    private UnixListener otherSocket;

    @BeforeEach
    void setUp() throws IOException {
        stop = new WakeUp();
        io = Directory.open(Files.createDirectory(root.resolve("io")));
        other = Directory.open(Files.createDirectory(root.resolve("other")));
        otherSocket = UnixListener.streams(other, "socket", 0777);
    }

    @AfterEach
    void tearDown() {
        otherSocket.close();
        other.close();
        io.close();
        stop.close();
    }

    private void link(String name) throws IOException {
        var target = Path.of("/proc/self/fd/" + other.fd().number(), "socket");
        Files.createSymbolicLink(root.resolve("io").resolve(name), target);
    }

    private void assertNobodyCame() throws IOException {
        assertThat(Poll.readable(otherSocket.fd(), Deadline.now()))
                .as("somebody has connected to the other VM")
                .isFalse();
    }

    @Test
    @Tag("claim-P4")
    void monitor_isNotAskedBehindALink() throws Exception {
        link("qmp");
        assertThatThrownBy(() -> VmmSocket.connect(io, "qmp", System.nanoTime() + PATIENCE.toNanos()))
                .hasMessageContaining("ELOOP");
        assertThatThrownBy(() -> QemuEngine.call(io, new QmpCommand.Stop()))
                .isInstanceOf(StepException.class)
                .hasMessageContaining("ELOOP");
        assertNobodyCame();
    }

    @Test
    @Tag("claim-P4")
    void serialPort_isNotReachedBehindALink() throws Exception {
        link("guest");
        try (var port = new SerialPort(io)) {
            assertThat(port.connected()).isEmpty();
            assertNobodyCame();
            io.remove("guest");
            try (var _ = UnixListener.streams(io, "guest", 0777);
                    var connection = port.connected().orElseThrow()) {
                assertThat(connection.peer().pid())
                        .isEqualTo((int) ProcessHandle.current().pid());
            }
        }
    }

    /// The VM's end closes its directory while the line's thread connects, and another VM's may get its number.
    @Test
    @Tag("claim-P4")
    void serialPort_isReachedInItsOwnDirectory_afterTheVmHasClosedIt() throws Exception {
        try (var _ = UnixListener.streams(io, "guest", 0777);
                var port = new SerialPort(io)) {
            io.close();
            io = Directory.open(root.resolve("other")); // the lowest number that is free
            port.connected().orElseThrow().close();
            assertNobodyCame();
            try (var next = UnixListener.streams(io, "guest", 0777)) {
                port.connected().orElseThrow().close();
                assertThat(Poll.readable(next.fd(), Deadline.now()))
                        .as("the port has followed the number")
                        .isFalse();
            }
        }
    }

    @Test
    @Tag("claim-P4")
    void state_isNotLoadedThroughALink() throws Exception {
        link("state");
        try (var monitor = UnixListener.streams(io, "qmp", 0777)) {
            var answering = Thread.ofPlatform().daemon().start(() -> answer(monitor));
            assertThatThrownBy(() -> StreamTransfer.in(io))
                    .isInstanceOf(StepException.class)
                    .hasMessageContaining("vmm_state")
                    .hasMessageContaining("ELOOP");
            assertNobodyCame();
            stop.signal();
            answering.join();
        }
    }

    /// A monitor that answers every command with an empty object.
    private void answer(UnixListener monitor) {
        try {
            for (var next = monitor.accept(stop); next.isPresent(); next = monitor.accept(stop)) {
                try (var stream = UnixStream.own(next.get())) {
                    say(stream, "{\"QMP\":{\"version\":{},\"capabilities\":[]}}\r\n");
                    answer(stream);
                }
            }
        } catch (ErrnoException e) {
            throw new AssertionError(e);
        }
    }

    private static void answer(UnixStream stream) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(4096);
            for (int read = stream.read(buffer, Deadline.never());
                    read > 0;
                    read = stream.read(buffer, Deadline.never())) {
                var id = ID.matcher(new String(buffer.asSlice(0, read).toArray(JAVA_BYTE), US_ASCII));
                while (id.find()) {
                    say(stream, "{\"return\":{},\"id\":" + id.group(1) + "}\r\n");
                }
            }
        }
    }

    private static void say(UnixStream stream, String text) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            stream.write(arena.allocateFrom(JAVA_BYTE, text.getBytes(US_ASCII)), Deadline.never());
        }
    }
}
