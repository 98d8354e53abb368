package dev.mvm.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ExpositionJsonTest {
    private enum Family implements Metric {
        CALLS,
        UP,
        TOOK;

        @Override
        public Description description() {
            return switch (this) {
                case CALLS ->
                    new Description("calls_total", Type.COUNTER, "Calls, all of them.", List.of("method", "reason"));
                case UP -> new Description("up", Type.GAUGE, "Whether it is.", List.of());
                case TOOK -> new Description("took_seconds", Type.HISTOGRAM, "How long.", List.of("method"));
            };
        }
    }

    private static String json(String text) {
        return new String(ExpositionJson.of(text), UTF_8);
    }

    @Test
    void everyFamily_isThere_alsoOfSeveralExpositions() {
        var first = new Exposition()
                .sample(Family.CALLS, 3, "list", "none")
                .sample(Family.CALLS, 4, "get", "none")
                .text();
        var second = new Exposition().fraction(Family.UP, 0.5).text();
        assertThat(json(first + second))
                .isEqualTo(
                        "[{\"name\":\"calls_total\",\"help\":\"Calls, all of them.\",\"type\":\"COUNTER\",\"metrics\":["
                                + "{\"labels\":{\"method\":\"list\",\"reason\":\"none\"},\"value\":\"3\"},"
                                + "{\"labels\":{\"method\":\"get\",\"reason\":\"none\"},\"value\":\"4\"}]},"
                                + "{\"name\":\"up\",\"help\":\"Whether it is.\",\"type\":\"GAUGE\",\"metrics\":[{\"value\":\"0.5\"}]}]");
    }

    @Test
    void durations_haveTheirBuckets_andNoneOfAnotherSeries() {
        var list = new Histogram();
        list.add(Duration.ofMillis(20));
        var get = new Histogram();
        get.add(Duration.ofSeconds(200));
        var text = new Exposition()
                .durations(Family.TOOK, Map.of(List.of("list"), list, List.of("get"), get))
                .text();
        assertThat(json(text))
                .contains("{\"labels\":{\"method\":\"get\"},\"buckets\":{\"0.005\":\"0\",")
                .contains("\"120.0\":\"0\",\"+Inf\":\"1\"},\"count\":\"1\",\"sum\":\"200\"}")
                .contains("\"0.01\":\"0\",\"0.025\":\"1\"")
                .contains("\"+Inf\":\"1\"},\"count\":\"1\",\"sum\":\"0.02\"}");
    }

    @Test
    void familyWithoutSamples_isThere_andNothingIsAnEmptyList() {
        assertThat(json(new Exposition().counts(Family.CALLS, Map.of()).text())).endsWith("\"metrics\":[]}]");
        assertThat(json("")).isEqualTo("[]");
    }

    @Test
    void whatIsNoExposition_isRefused() {
        assertThatThrownBy(() -> json("nonsense")).isInstanceOf(IllegalArgumentException.class);
    }
}
