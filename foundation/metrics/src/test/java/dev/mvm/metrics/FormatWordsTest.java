package dev.mvm.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Words of a format: what the text of metrics holds. Others read them: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void types_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(Metric.Type.values()).map(Metric.Type::word))
                .containsExactly("counter", "gauge", "histogram");
    }
}
