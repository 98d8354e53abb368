package dev.mvm.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.call.ChildJvm;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenDescriptors;
import dev.mvm.linux.fd.WakeUp;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("MustBeClosedChecker") // closes wrongly on purpose, and counts what is left open
final class PacketSocketTest {
    private static final int SO_PASSCRED = 16;

    private Map<String, String> before;
    private PacketSocket left;
    private PacketSocket right;
    private WakeUp event;

    @BeforeEach
    void connect() throws Exception {
        before = OpenDescriptors.now();
        var pair = SocketPair.of(SocketPair.PACKETS);
        left = PacketSocket.own(pair.left());
        right = PacketSocket.own(pair.right());
        event = new WakeUp();
    }

    @AfterEach
    void nothingIsLeftOpen() throws Exception {
        left.close();
        right.close();
        event.close();
        assertThat(OpenDescriptors.now()).isEqualTo(before);
    }

    @Test
    void packetsAndDescriptors_goBothWays() throws Exception {
        try (var zero = Fd.open(Path.of("/dev/zero"))) {
            left.send(new byte[] {1, 2, 3}, List.of(event.fd(), zero), Deadline.never());
            left.send(new byte[] {4}, List.of(), Deadline.never());
            try (var packet = right.receive(10, 2, Deadline.never()).orElseThrow()) {
                assertThat(packet.bytes()).containsExactly(1, 2, 3);
                assertThat(packet.descriptors()).hasSize(2);
                assertThat(packet.descriptors().get(1).status()).isEqualTo(zero.status());
                assertThat(packet.descriptors().get(1).number()).isNotEqualTo(zero.number());
                right.send(new byte[] {5}, packet.descriptors(), Deadline.never());
            }
            try (var packet = right.receive(10, 2, Deadline.never()).orElseThrow()) {
                assertThat(packet.bytes()).containsExactly(4);
                assertThat(packet.descriptors()).isEmpty();
            }
            try (var packet = left.receive(1, 2, Deadline.never()).orElseThrow()) {
                assertThat(packet.descriptors().get(1).status()).isEqualTo(zero.status());
            }
        }
    }

    @Test
    void receivedDescriptors_areCloseOnExec() throws Exception {
        left.send(new byte[1], List.of(event.fd()), Deadline.never());
        try (var packet = right.receive(1, 1, Deadline.never()).orElseThrow()) {
            var info = Files.readString(Path.of(
                    "/proc/self/fdinfo/" + packet.descriptors().getFirst().number()));
            assertThat(info).containsPattern("flags:\\s+0?2\\d{6}\\b"); // O_CLOEXEC, octal 2000000
        }
    }

    @Test
    void movedDescriptor_outlivesThePacket() throws Exception {
        left.send(new byte[1], List.of(event.fd(), event.fd()), Deadline.never());
        Fd kept;
        try (var packet = right.receive(1, 2, Deadline.never()).orElseThrow()) {
            kept = packet.descriptors().get(1).move();
        }
        assertThat(kept.isOpen()).isTrue();
        kept.close();
    }

    @Test
    void packetThatIsTooLong_isRefusedWithItsDescriptors() throws Exception {
        left.send(new byte[11], List.of(event.fd()), Deadline.never());
        left.send(new byte[10], List.of(), Deadline.never());
        assertErrno(Errno.EMSGSIZE, () -> right.receive(10, 4, Deadline.never()));
        assertThat(right.receive(10, 4, Deadline.never()).orElseThrow().bytes()).hasSize(10);
    }

    @Test
    void moreDescriptorsThanAllowed_areRefusedAndClosed() throws Exception {
        for (int sent = 1; sent <= 7; sent++) {
            for (int allowed = 0; allowed < sent; allowed++) {
                int most = allowed; // both odd and even: control data is padded to eight bytes
                left.send(new byte[1], Collections.nCopies(sent, event.fd()), Deadline.never());
                assertErrno(Errno.EMSGSIZE, () -> right.receive(1, most, Deadline.never()));
            }
            left.send(new byte[1], Collections.nCopies(sent, event.fd()), Deadline.never());
            try (var packet = right.receive(1, sent, Deadline.never()).orElseThrow()) {
                assertThat(packet.descriptors()).hasSize(sent);
            }
        }
    }

    @Test
    void asManyAsTheKernelAllows_goThrough() throws Exception {
        left.send(new byte[1], Collections.nCopies(253, event.fd()), Deadline.never());
        try (var packet = right.receive(1, 253, Deadline.never()).orElseThrow()) {
            assertThat(packet.descriptors()).hasSize(253);
        }
        assertThatThrownBy(() -> left.send(new byte[1], Collections.nCopies(254, event.fd()), Deadline.never()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void fullDescriptorTable_losesNone() throws Exception {
        var child = ChildJvm.run(FullTable.class);
        var said = "recvmsg: EMSGSIZE (too many descriptors)\n";
        assertThat(child).isEqualTo(new ChildJvm.Result(0, said + said + "same\n"));
    }

    /// Receives three descriptors where there is room for one.
    static final class FullTable {
        private static final int RLIMIT_NOFILE = 7;

        public static void main(String[] args) throws IOException {
            var pair = SocketPair.of(SocketPair.PACKETS);
            var ours = PacketSocket.own(pair.left());
            var theirs = PacketSocket.own(pair.right());
            theirs.send(new byte[1], Collections.nCopies(3, ours.fd()), Deadline.never());
            try {
                ours.receive(1, 0, Deadline.never()).orElseThrow().close();
            } catch (ErrnoException e) {
                System.out.println(e.getMessage()); // now all classes are loaded
            }
            theirs.send(new byte[1], Collections.nCopies(3, ours.fd()), Deadline.never());
            var probe = ours.fd().duplicate();
            int lowestFree = probe.number();
            probe.close();
            limit(lowestFree + 1);
            try {
                ours.receive(1, 3, Deadline.never()).orElseThrow().close();
            } catch (ErrnoException e) {
                System.out.println(e.getMessage());
            }
            var again = ours.fd().duplicate();
            System.out.println(again.number() == lowestFree ? "same" : "lost");
        }

        private static void limit(long files) throws ErrnoException {
            try (var arena = Arena.ofConfined()) {
                long limits = arena.allocateFrom(JAVA_LONG, files, files).address();
                var _ = SystemCall.PRLIMIT64.call(0, RLIMIT_NOFILE, limits, 0);
            }
        }
    }

    @Test
    void controlDataOfOtherKinds_isRefusedAndDescriptorsWithItClosed() throws Exception {
        try (var arena = Arena.ofConfined()) {
            long on = arena.allocateFrom(JAVA_INT, 1).address();
            var _ = SystemCall.SETSOCKOPT.call(right.fd().number(), 1, SO_PASSCRED, on, 4);
        }
        left.send(new byte[1], List.of(event.fd()), Deadline.never());
        assertErrno(Errno.EBADMSG, () -> right.receive(1, 20, Deadline.never()));
        left.send(new byte[1], List.of(event.fd()), Deadline.never());
        assertErrno(Errno.EBADMSG, () -> right.receive(1, 1, Deadline.never()));
    }

    @Test
    void emptyPacketWithADescriptor_leavesNothing() throws Exception {
        var open = OpenDescriptors.now();
        sendEmpty(event.fd());
        assertThat(right.receive(10, 1, Deadline.never())).isEmpty();
        assertThat(OpenDescriptors.now()).isEqualTo(open);
    }

    private void sendEmpty(Fd descriptor) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var control = arena.allocateFrom(JAVA_INT, 20, 0, 1, 1, descriptor.number(), 0);
            var header = arena.allocate(56, 8);
            header.set(JAVA_LONG, 32, control.address());
            header.set(JAVA_LONG, 40, 20);
            var _ = SystemCall.SENDMSG.call(left.fd().number(), header.address(), 0);
        }
    }

    @Test
    void peerThatIsGone_isTheEnd() throws Exception {
        left.send(new byte[1], List.of(event.fd()), Deadline.never());
        left.close();
        right.receive(1, 1, Deadline.never()).orElseThrow().close();
        assertThat(right.receive(1, 1, Deadline.never())).isEmpty();
        assertErrno(Errno.EPIPE, () -> right.send(new byte[1], List.of(), Deadline.never()));
    }

    @Test
    void descriptorsOfAnUnreadPacket_dieWithTheSocket() throws Exception {
        left.send(new byte[1], List.of(event.fd()), Deadline.never());
    }

    @Test
    void silentPeer_isATimeout() {
        assertErrno(Errno.ETIMEDOUT, () -> right.receive(1, 1, Deadline.now()));
        assertErrno(Errno.ETIMEDOUT, () -> right.receive(1, 1, Deadline.in(Duration.ofMillis(5))));
    }

    @Test
    void peerThatReadsNothing_isATimeout() {
        assertErrno(Errno.ETIMEDOUT, () -> {
            for (int i = 0; i < 10_000; i++) {
                left.send(new byte[1000], List.of(), Deadline.in(Duration.ofMillis(20)));
            }
        });
    }

    @Test
    void shutdownByAnotherThread_getsAReceiverOut() throws Exception {
        var receiver = CompletableFuture.supplyAsync(() -> {
            try {
                return right.receive(1, 1, Deadline.never()).isEmpty();
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
        });
        right.shutdown();
        assertThat(receiver.join()).isTrue();
    }

    @Test
    void closedDescriptor_isNotSent() throws Exception {
        var closed = new WakeUp();
        closed.close();
        assertThatThrownBy(() -> left.send(new byte[1], List.of(closed.fd()), Deadline.never()))
                .isInstanceOf(IllegalStateException.class);
        assertErrno(Errno.ETIMEDOUT, () -> right.receive(1, 1, Deadline.now()));
    }

    @Test
    void senselessSizes_areRefused() {
        assertThatThrownBy(() -> left.send(new byte[0], List.of(), Deadline.never()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> right.receive(0, 0, Deadline.never())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> right.receive(1, -1, Deadline.never())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> right.receive(1, 254, Deadline.never())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void streamSocket_isRefused() {
        try (var streams = SocketPair.of(SocketPair.STREAM)) {
            assertErrno(Errno.EPROTOTYPE, () -> PacketSocket.own(streams.left()));
            assertThat(streams.left().isOpen()).isTrue();
        }
    }

    private static void assertErrno(int errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class,
                        e -> assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno)));
    }
}
