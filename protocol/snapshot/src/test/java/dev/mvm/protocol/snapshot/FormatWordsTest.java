package dev.mvm.protocol.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Words of a format: why a snapshot is refused. Others read them: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void reasons_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(SnapshotReason.values()).map(SnapshotReason::code))
                .containsExactly(
                        "too_large",
                        "malformed",
                        "wrong_tenant",
                        "wrong_pool",
                        "wrong_instance",
                        "wrong_epoch",
                        "wrong_key",
                        "not_opened",
                        "wrong_stream",
                        "commitment",
                        "truncated",
                        "altered",
                        "page_map",
                        "wrong_base",
                        "bad_piece");
    }
}
