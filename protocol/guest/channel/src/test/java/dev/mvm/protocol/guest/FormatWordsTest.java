package dev.mvm.protocol.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Words of a format: why a channel has ended. Others read them: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void reasons_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(EndReason.values()).map(EndReason::code))
                .containsExactly(
                        "closed",
                        "guest_hung_up",
                        "transport_failed",
                        "internal_error",
                        "handshake_timeout",
                        "handshake_garbage",
                        "guest_version",
                        "frame_magic",
                        "frame_reserved",
                        "frame_length",
                        "frame_type",
                        "frame_stream",
                        "frame_payload",
                        "unknown_stream",
                        "out_of_order");
    }
}
