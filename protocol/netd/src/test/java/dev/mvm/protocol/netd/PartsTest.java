package dev.mvm.protocol.netd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.property.Property;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PartsTest {
    private static Optional<Parts.Numbered> add(Parts parts, String packet) {
        return parts.add(packet.getBytes(US_ASCII));
    }

    @Test
    void shortText_isOnePacket() {
        assertThat(Parts.of(7, "state\n"))
                .singleElement()
                .satisfies(packet -> assertThat(new String(packet, US_ASCII)).isEqualTo("7 last state\n"));
        assertThat(add(new Parts(), "7 last state\n")).contains(new Parts.Numbered(7, "state\n"));
    }

    /// Texts whose packets come in turn.
    @Test
    void anyTexts_comeTogetherAgain() {
        Property.holds(60, draw -> {
            var parts = new Parts();
            var texts = new ArrayList<Parts.Numbered>();
            var queues = new ArrayList<List<byte[]>>();
            for (int i = 0; i < draw.between(1, 4); i++) {
                var text = "x\n".repeat((int) draw.between(0, 150_000));
                texts.add(new Parts.Numbered(i, text));
                queues.add(new ArrayList<>(Parts.of(i, text)));
            }
            var read = new ArrayList<Parts.Numbered>();
            while (queues.stream().anyMatch(queue -> !queue.isEmpty())) {
                var queue = queues.get((int) draw.between(0, queues.size() - 1));
                if (!queue.isEmpty()) {
                    assertThat(queue.getFirst()).hasSizeLessThanOrEqualTo(Parts.PACKET_BYTES);
                    parts.add(queue.removeFirst()).ifPresent(read::add);
                }
            }
            assertThat(read).containsExactlyInAnyOrderElementsOf(texts);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "7",
                "7 last",
                "-1 last x",
                "07 last x",
                "7 first x",
                " 7 last x",
                "9999999999999999999 last x"
            })
    void otherPackets_areRefused(String packet) {
        assertThatIllegalArgumentException().isThrownBy(() -> add(new Parts(), packet));
    }

    @Test
    void textWithoutAnEnd_isRefused() {
        var part = ("1 more " + "x".repeat(60_000)).getBytes(US_ASCII);
        var parts = new Parts();
        for (int i = 0; i < Parts.TEXT_BYTES / 60_000; i++) {
            assertThat(parts.add(part)).isEmpty();
        }
        assertThatIllegalArgumentException().isThrownBy(() -> parts.add(part));
    }

    @Test
    void manyTextsWithoutAnEnd_areRefusedTogether() {
        var parts = new Parts();
        assertThatIllegalArgumentException().isThrownBy(() -> {
            for (long number = 0; number < 1_000_000; number++) {
                add(parts, number + " more x");
            }
        });
    }

    @Test
    void lastPart_countsToo() {
        var part = ("1 more " + "x".repeat(65_000)).getBytes(US_ASCII);
        var parts = new Parts();
        for (int i = 0; i < Parts.TEXT_BYTES / 65_000; i++) {
            assertThat(parts.add(part)).isEmpty();
        }
        assertThatIllegalArgumentException().isThrownBy(() -> add(parts, "1 last " + "x".repeat(65_000)));
    }

    @Test
    void textThatIsTooLong_isNotWritten() {
        assertThatIllegalArgumentException().isThrownBy(() -> Parts.of(1, "x".repeat(Parts.TEXT_BYTES + 1)));
    }

    @FuzzTest
    void anyPacket_isTakenOrRefused(byte[] packet) {
        var parts = new Parts();
        try {
            parts.add(packet).ifPresent(whole -> assertThat(whole.number()).isNotNegative());
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageNotContaining("\n");
        }
    }
}
