package dev.mvm.guestd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class ConsoleTest {
    private static byte[] piece(Draw draw) {
        var piece = new byte[draw.one(1, 0, 3, 100, 4096, 8191, Console.MOST - 1, Console.MOST, Console.MOST + 7)];
        byte first = (byte) draw.between(0, 255);
        for (int i = 0; i < piece.length; i++) {
            piece[i] = (byte) (first + i * 31);
        }
        return piece;
    }

    /// Against all that was ever printed.
    @Test
    @Tag("claim-G7")
    void everyByteIsReadOnce_orCountedAsLost() {
        Property.holds(400, draw -> {
            var console = new Console();
            var all = new ByteArrayOutputStream();
            long at = 0;
            for (int i = draw.intBetween(0, 12); i > 0; i--) {
                if (draw.flag()) {
                    var piece = piece(draw);
                    console.append(piece, piece.length);
                    all.writeBytes(piece);
                } else {
                    at = read(console, at, draw.one(1, 5, 4096, 32_768, Console.MOST), all.toByteArray());
                }
                assertThat(console.written()).isEqualTo(all.size());
            }
            while (at < console.written()) {
                at = read(console, at, Console.MOST, all.toByteArray());
            }
            assertThat(at).isEqualTo(all.size());
        });
    }

    private static long read(Console console, long at, int most, byte[] all) {
        var part = console.from(at, most);
        long first = at + part.lost();
        assertThat(part.lost()).isEqualTo(Math.max(0, all.length - Console.MOST - at));
        assertThat(part.bytes().length()).isLessThanOrEqualTo(most);
        assertThat(part.next()).isEqualTo(first + part.bytes().length());
        assertThat(part.bytes().array()).isEqualTo(Arrays.copyOfRange(all, (int) first, (int) part.next()));
        assertThat(part.bytes().length() > 0).isEqualTo(first < all.length);
        return part.next();
    }

    @Test
    void endOfTheVm_endsAWait_andTheNextVmPrintsBehind() throws Exception {
        var console = new Console();
        console.append(new byte[] {1, 2}, 2);
        console.await(1, Duration.ofMinutes(2)); // there is more already
        console.end(7);
        console.await(2, Duration.ofMinutes(2));
        assertThat(console.ended()).hasValue(7);
        console.begin();
        console.append(new byte[] {3}, 1);
        assertThat(console.ended()).isEmpty();
        assertThat(console.from(0, 9).bytes().array()).containsExactly(1, 2, 3);
    }
}
