package dev.mvm.protocol.guestd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Words of a format: what hostd and guestds say to each other. Others read them: they stay when a constant is
/// renamed.
final class FormatWordsTest {
    @Test
    void calls_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(GuestCall.values()).map(GuestCall::word))
                .containsExactly("ping", "prepare_sleep", "rekey");
    }

    @Test
    void links_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(SessionTransport.values()).map(SessionTransport::word))
                .containsExactly("connection", "serial_port");
    }

    @Test
    void vmmCalls_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(VmmCall.values()).map(VmmCall::word))
                .containsExactly("configure", "start", "pause", "resume", "state", "save", "load", "go_on");
    }

    @Test
    void reports_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(Report.Word.values()).map(Report.Word::text))
                .containsExactly(
                        "connected",
                        "ready",
                        "hook_ready",
                        "hook_idle",
                        "hook_busy",
                        "ended",
                        "done",
                        "failed",
                        "running",
                        "paused",
                        "other_version");
    }
}
