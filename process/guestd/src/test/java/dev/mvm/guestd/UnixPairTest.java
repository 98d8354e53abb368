package dev.mvm.guestd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.UnixStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class UnixPairTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Test
    void whatGoesInAtOneEnd_comesOutAtTheOther() throws Exception {
        try (var pair = UnixPair.streams();
                var left = UnixStream.own(pair.left());
                var right = UnixStream.own(pair.right())) {
            left.write(new byte[] {1, 2, 3}, 0, 3, Deadline.in(PATIENCE));

            var got = new byte[8];
            assertThat(right.read(got, 0, got.length, Deadline.in(PATIENCE))).isEqualTo(3);
            assertThat(got).startsWith(1, 2, 3);
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
                var left = UnixStream.own(pair.left())) {
            pair.right().close();

            assertThat(left.read(new byte[1], 0, 1, Deadline.in(PATIENCE))).isEqualTo(-1);
        }
    }
}
