package dev.mvm.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;

final class HistogramTest {
    @Test
    void bucket_hasWhatIsAtMostAsLong() {
        var histogram = new Histogram();
        histogram.add(Duration.ofMillis(5));
        histogram.add(Duration.ofMillis(5).plusNanos(1));
        histogram.add(Duration.ofMinutes(10));
        var buckets = new LinkedHashMap<String, Long>();
        histogram.read(new Histogram.Sink() {
            @Override
            public void bucket(String bound, long count) {
                buckets.put(bound, count);
            }

            @Override
            public void end(double seconds, long count) {
                assertThat(seconds).isEqualTo(600.010000001);
                assertThat(count).isEqualTo(3);
            }
        });
        assertThat(buckets)
                .containsEntry("0.005", 1L)
                .containsEntry("0.01", 2L)
                .containsEntry("120.0", 2L)
                .containsEntry("+Inf", 3L);
    }
}
