package dev.mvm.protocol.sealer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Words of a format: what sealers are told. Others read them: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void jobs_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(Job.values()).map(Job::word)).containsExactly("seal", "open", "rewrap");
    }

    @Test
    void ways_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(TransferMode.values()).map(TransferMode::word))
                .containsExactly("stream", "files", "pages");
    }
}
