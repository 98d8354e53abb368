package dev.mvm.sealer.paging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Words of a format: what the sealer answers. Others read them: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void reasons_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(PagingReason.values()).map(PagingReason::code))
                .containsExactly(
                        "message",
                        "regions",
                        "descriptor",
                        "event",
                        "fault_outside",
                        "not_registered",
                        "request",
                        "gone",
                        "stopped");
    }
}
