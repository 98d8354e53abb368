package dev.mvm.sealer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Words of a format: what a sealer answers. Others read them: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void codes_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(JobRefusedException.Code.values()).map(JobRefusedException.Code::word))
                .containsExactly(
                        "malformed_request",
                        "bad_descriptor",
                        "key_short",
                        "key_long",
                        "wrong_machine",
                        "wrong_way",
                        "vmm_hung_up",
                        "no_space",
                        "stopped");
    }
}
