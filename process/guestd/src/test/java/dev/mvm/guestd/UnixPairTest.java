package dev.mvm.guestd;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.UnixStream;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class UnixPairTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Test
    void whatGoesInAtOneEnd_comesOutAtTheOther() throws Exception {
        try (var pair = UnixPair.streams();
                var left = UnixStream.own(pair.left());
                var right = UnixStream.own(pair.right());
                var arena = Arena.ofConfined()) {
            left.write(arena.allocateFrom(JAVA_BYTE, (byte) 1, (byte) 2, (byte) 3), Deadline.in(PATIENCE));

            var got = arena.allocate(8);
            assertThat(right.read(got, Deadline.in(PATIENCE))).isEqualTo(3);
            assertThat(got.toArray(JAVA_BYTE)).startsWith(1, 2, 3);
        }
    }

    @Test
    void packets_keepTheirBounds() throws Exception {
        try (var pair = UnixPair.packets();
                var left = PacketSocket.own(pair.left());
                var right = PacketSocket.own(pair.right())) {
            left.send(new byte[] {1}, List.of(), Deadline.in(PATIENCE));
            left.send(new byte[] {2, 3}, List.of(), Deadline.in(PATIENCE));

            try (var first = right.receive(8, 0, Deadline.in(PATIENCE)).orElseThrow();
                    var second = right.receive(8, 0, Deadline.in(PATIENCE)).orElseThrow()) {
                assertThat(first.bytes()).containsExactly(1);
                assertThat(second.bytes()).containsExactly(2, 3);
            }
        }
    }

    @Test
    void endThatIsClosed_isTheEndOfTheOther() throws Exception {
        try (var pair = UnixPair.streams();
                var left = UnixStream.own(pair.left());
                var arena = Arena.ofConfined()) {
            pair.right().close();

            assertThat(left.read(arena.allocate(1), Deadline.in(PATIENCE))).isEqualTo(-1);
        }
    }
}
