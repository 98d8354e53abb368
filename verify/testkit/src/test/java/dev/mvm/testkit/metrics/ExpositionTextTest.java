package dev.mvm.testkit.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A reader of metrics that is not strict would let every exposition pass.
final class ExpositionTextTest {
    private static final String GOOD = """
        # HELP a_total Things, with a \\\\ and a \\n in it.
        # TYPE a_total counter
        a_total{kind="x",text="a\\"b\\\\c\\nd"} 3
        a_total{kind="y",} 1.5e3 1700000000000

        # a comment
        # HELP b Now.
        # TYPE b gauge
        b -2
        # HELP c_seconds Took.
        # TYPE c_seconds histogram
        c_seconds_bucket{le="0.5"} 1
        c_seconds_bucket{le="+Inf"} 2
        c_seconds_sum 3.25
        c_seconds_count 2
        """;

    @Test
    void whatIsInTheFormat_isRead() {
        var families = ExpositionText.parse(GOOD);
        assertThat(families).containsOnlyKeys("a_total", "b", "c_seconds");
        var counter = families.get("a_total");
        assertThat(counter.help()).isEqualTo("Things, with a \\ and a \n in it.");
        assertThat(counter.samples())
                .containsEntry("a_total{kind=\"x\",text=\"a\\\"b\\\\c\\nd\"}", 3.0)
                .containsEntry("a_total{kind=\"y\"}", 1500.0);
        assertThat(families.get("b").samples()).containsEntry("b", -2.0);
        assertThat(families.get("c_seconds").type()).isEqualTo("histogram");
        assertThat(families.get("c_seconds").samples()).hasSize(4);
        assertThat(ExpositionText.parse("")).isEmpty();
    }

    /// Each is one replacement, from and to.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "count 2\n|count 2",
                "# TYPE b gauge\n|",
                "# HELP b Now.\n|",
                "# TYPE b gauge|# TYPE b thing",
                "# TYPE b gauge|# TYPE b gauge\n# TYPE b gauge",
                "# TYPE b gauge|# TYPE a_total counter",
                "# HELP b Now.|# HELP a_total Again.",
                "# HELP b Now.|#HELP b Now.",
                "b -2|b",
                "b -2|b two",
                "b -2|b 0x2",
                "b -2|b -2 now",
                "b -2|b  -2",
                "b -2|b -2\nb -2",
                "b -2|c -2",
                "b -2|1b -2",
                "b -2|b_sum -2",
                "} 3|} -3",
                "kind=\"y\"|kind=y",
                "kind=\"y\"|kind=\"y",
                "kind=\"y\"|kind=\"\\y\"",
                "kind=\"y\"|kind=\"y\",kind=\"z\"",
                "kind=\"y\"|ki:nd=\"y\"",
                "kind=\"y\",|kind=\"y\";",
                "a_total|a",
                "# TYPE b gauge|# TYPE b counter",
                "c_seconds|c_ms",
                "le=\"0.5\"} 1|le=\"0.5\"} 3",
                "le=\"+Inf\"|le=\"0.4\"",
                "le=\"+Inf\"|le=\"0.7\"",
                "{le=\"0.5\"}|{ge=\"0.5\"}",
                "c_seconds_count 2|c_seconds_count 3",
                "c_seconds_sum 3.25\n|",
                "c_seconds_count 2\n|",
                "with a \\\\|with a \\x"
            })
    void whatIsNot_isRefused(String replacement) {
        var parts = replacement.split("\\|", -1);
        var text = GOOD.replace(parts[0], parts[1]);
        assertThat(text).isNotEqualTo(GOOD);
        assertThatThrownBy(() -> ExpositionText.parse(text))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("not in the format");
    }
}
