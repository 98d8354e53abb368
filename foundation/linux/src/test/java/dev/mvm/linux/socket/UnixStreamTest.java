package dev.mvm.linux.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.call.ChildJvm;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.OpenDescriptors;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.property.Property;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("MustBeClosedChecker") // closes wrongly on purpose, and counts what is left open
final class UnixStreamTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    @TempDir
    private Path folder;

    private Map<String, String> before;
    private UnixStream left;
    private UnixStream right;

    @BeforeEach
    void connect() throws Exception {
        before = OpenDescriptors.now();
        var pair = SocketPair.of(SocketPair.STREAM);
        left = UnixStream.own(pair.left());
        right = UnixStream.own(pair.right());
    }

    @AfterEach
    void nothingIsLeftOpen() throws Exception {
        left.close();
        right.close();
        assertThat(OpenDescriptors.now()).isEqualTo(before);
    }

    @Test
    void anyBytesInAnyPieces_comeOutTheSame() {
        Property.holds(30, draw -> {
            var sent = new byte[draw.intBetween(0, 400_000)];
            new Random(draw.between(0, 1000)).nextBytes(sent);
            boolean bounded = draw.flag();
            int piece = draw.intBetween(1, 200_000);
            boolean segment = draw.flag();
            var writer = CompletableFuture.runAsync(() -> unchecked(() -> {
                for (int at = 0; at < sent.length; at += piece) {
                    int size = Math.min(piece, sent.length - at);
                    var deadline = bounded ? Deadline.in(LONG) : Deadline.never();
                    if (segment) {
                        try (var arena = Arena.ofConfined()) {
                            var memory = arena.allocate(size);
                            MemorySegment.copy(sent, at, memory, ValueLayout.JAVA_BYTE, 0, size);
                            left.write(memory, deadline);
                        }
                    } else {
                        HeapBytes.write(left, sent, at, size, deadline);
                    }
                }
            }));
            var received = new byte[sent.length];
            int got = 0;
            while (got < sent.length) {
                got += HeapBytes.read(
                        right, received, got, sent.length - got, bounded ? Deadline.in(LONG) : Deadline.never());
            }
            writer.join();
            assertThat(received).isEqualTo(sent);
        });
    }

    @Test
    void offHeapRead_getsTheSame() throws Exception {
        try (var arena = Arena.ofConfined()) {
            HeapBytes.write(left, new byte[] {9, 8, 7, 6}, 1, 2, Deadline.never());
            var memory = arena.allocate(10);
            assertThat(right.read(memory, Deadline.never())).isEqualTo(2);
            assertThat(memory.asSlice(0, 2).toArray(ValueLayout.JAVA_BYTE)).containsExactly(8, 7);
            left.close();
            assertThat(right.read(memory, Deadline.never())).isEqualTo(-1);
        }
    }

    @Test
    void endOfStream_isTold() throws Exception {
        HeapBytes.write(left, new byte[] {1}, 0, 1, Deadline.never());
        left.close();
        var buffer = new byte[10];
        assertThat(HeapBytes.read(right, buffer, 3, 7, Deadline.never())).isEqualTo(1);
        assertThat(buffer[3]).isEqualTo((byte) 1);
        assertThat(HeapBytes.read(right, buffer, 0, 10, Deadline.never())).isEqualTo(-1);
        assertThat(HeapBytes.read(right, buffer, 0, 10, Deadline.now())).isEqualTo(-1);
    }

    @Test
    void silentPeer_isATimeout() {
        assertErrno(Errno.ETIMEDOUT, () -> HeapBytes.read(right, new byte[1], 0, 1, Deadline.now()));
        assertErrno(Errno.ETIMEDOUT, () -> HeapBytes.read(right, new byte[1], 0, 1, Deadline.in(Duration.ofMillis(5))));
    }

    @Test
    void peerThatReadsNothing_isATimeout() {
        var much = new byte[16 << 20]; // more than any socket buffer
        assertErrno(
                Errno.ETIMEDOUT, () -> HeapBytes.write(left, much, 0, much.length, Deadline.in(Duration.ofMillis(5))));
    }

    @Test
    void peerThatIsGone_isAnErrorAndNoSignal() {
        right.close();
        assertErrno(Errno.EPIPE, () -> HeapBytes.write(left, new byte[1], 0, 1, Deadline.never()));
        assertErrno(Errno.EPIPE, () -> HeapBytes.write(left, new byte[1], 0, 1, Deadline.now()));
    }

    @Test
    void shutdownByAnotherThread_getsAReaderOut() throws Exception {
        var reader = CompletableFuture.supplyAsync(() -> {
            try {
                return HeapBytes.read(right, new byte[1], 0, 1, Deadline.never());
            } catch (ErrnoException e) {
                throw new UncheckedIOException(e);
            }
        });
        right.shutdown();
        assertThat(reader.join()).isEqualTo(-1);
        assertErrno(Errno.EPIPE, () -> HeapBytes.write(right, new byte[1], 0, 1, Deadline.never()));
    }

    @Test
    void shutdownByAnotherThread_getsAWriterOut() throws Exception {
        var writer = CompletableFuture.supplyAsync(() -> {
            try {
                var much = new byte[64 << 20];
                HeapBytes.write(left, much, 0, much.length, Deadline.never());
                return 0;
            } catch (ErrnoException e) {
                return e.errno();
            }
        });
        assertThat(Poll.readable(right.fd(), Deadline.in(LONG))).isTrue(); // it has begun
        left.shutdown();
        assertThat(writer.join()).isEqualTo(Errno.EPIPE);
    }

    @Test
    void shutdownAfterTheEnd_doesNothing() throws Exception {
        right.close();
        left.shutdown();
        left.shutdown();
        left.close();
        left.shutdown();
    }

    @Test
    void descriptorsAmongBytes_areNotLeftOpen() throws Exception {
        var open = OpenDescriptors.now();
        try (var event = new WakeUp()) {
            Messages.send(left.fd(), MemorySegment.NULL, new byte[] {1, 2}, List.of(event.fd()), Deadline.never());
        }
        assertThat(HeapBytes.read(right, new byte[10], 0, 10, Deadline.never())).isEqualTo(2);
        assertThat(OpenDescriptors.now()).isEqualTo(open);
    }

    @Test
    @Tag("claim-H2")
    void peer_isTheProcessAndUserAtTheOtherEnd() throws Exception {
        var self = (int) ProcessHandle.current().pid();
        int uid = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        assertThat(left.peer()).isEqualTo(new PeerCredentials(self, uid, uid));
        try (var process = left.peerProcess()) {
            assertThat(process.pid()).isEqualTo(self);
            assertThat(process.isAlive()).isTrue();
        }
    }

    @Test
    @Tag("claim-H2")
    void peerThatHasEnded_isNotMistakenForAnother() throws Exception {
        try (var directory = Directory.open(folder);
                var listener = UnixListener.streams(directory, "socket", 0600);
                var stop = new WakeUp()) {
            var child = CompletableFuture.supplyAsync(() -> {
                try {
                    return ChildJvm.run(
                            Connecting.class, folder.resolve("socket").toString());
                } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            try (var stream = UnixStream.own(listener.accept(stop).orElseThrow())) {
                var pid = Integer.parseInt(child.join().output().strip());
                assertThat(stream.peer().pid()).isEqualTo(pid).isNotEqualTo((int)
                        ProcessHandle.current().pid());
                try (var process = stream.peerProcess()) { // newer kernels remember it
                    assertThat(process.isAlive()).isFalse();
                    assertErrno(Errno.ESRCH, process::pid);
                    assertErrno(Errno.ESRCH, process::stat);
                } catch (ErrnoException e) {
                    assertThat(e.errno()).isIn(Errno.ESRCH, Errno.EINVAL);
                }
            }
        }
    }

    static final class Connecting {
        public static void main(String[] args) throws IOException {
            try (var _ = UnixStream.connect(UnixAddress.at(Path.of(args[0])), Deadline.never())) {
                System.out.println(ProcessHandle.current().pid());
            }
        }
    }

    @Test
    void nobodyThere_isRefused() throws Exception {
        var address = UnixAddress.at(folder.resolve("socket"));
        assertErrno(Errno.ENOENT, () -> UnixStream.connect(address, Deadline.never()));
        try (var directory = Directory.open(folder)) {
            UnixListener.streams(directory, "socket", 0600).close();
        }
        assertErrno(111, () -> UnixStream.connect(address, Deadline.never()));
    }

    @Test
    void listenerOfPackets_isNoListenerOfStreams() throws Exception {
        try (var directory = Directory.open(folder);
                var _ = PacketListener.in(directory, "socket")) {
            var address = UnixAddress.in(directory, "socket");
            assertErrno(Errno.EPROTOTYPE, () -> UnixStream.connect(address, Deadline.never()));
            PacketSocket.connect(address, Deadline.never()).close();
        }
    }

    @Test
    void listenerThatAcceptsNobody_isATimeout() throws Exception {
        var open = OpenDescriptors.now();
        var waiting = new ArrayList<UnixStream>();
        try (var directory = Directory.open(folder);
                var _ = UnixListener.streams(directory, "socket", 0600)) {
            var address = UnixAddress.in(directory, "socket");
            assertErrno(Errno.ETIMEDOUT, () -> {
                while (waiting.size() < 5000) { // its queue is finite
                    waiting.add(UnixStream.connect(address, Deadline.in(Duration.ofMillis(20))));
                }
            });
            assertThat(waiting).hasSizeGreaterThan(100);
        } finally {
            waiting.forEach(UnixStream::close);
        }
        assertThat(OpenDescriptors.now()).isEqualTo(open);
    }

    @Test
    void whatIsNoConnectedStream_staysItsOwners() throws Exception {
        try (var packets = SocketPair.of(SocketPair.PACKETS);
                var event = new WakeUp()) {
            assertErrno(Errno.EPROTOTYPE, () -> UnixStream.own(packets.left()));
            assertThat(packets.left().isOpen()).isTrue();
            assertErrno(88, () -> UnixStream.own(event.fd())); // ENOTSOCK
            assertThat(event.fd().isOpen()).isTrue();
        }
    }

    @Test
    void text_isWrittenWhole() throws Exception {
        var text = "hello".getBytes(US_ASCII);
        HeapBytes.write(left, text, 0, text.length, Deadline.in(LONG));
        var buffer = new byte[5];
        assertThat(HeapBytes.read(right, buffer, 0, 5, Deadline.in(LONG))).isEqualTo(5);
        assertThat(buffer).isEqualTo(text);
    }

    @FunctionalInterface
    private interface Attempt {
        void run() throws IOException;
    }

    private static void unchecked(Attempt attempt) {
        try {
            attempt.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertErrno(int errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class,
                        e -> assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno)));
    }
}
