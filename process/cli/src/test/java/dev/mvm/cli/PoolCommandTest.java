package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// `mvm pool`.
final class PoolCommandTest extends CommandTest {
    @Test
    void poolScale_sendsOnlyGivenCounts() {
        answer(
                "POST /v1/pools/demo/web:scale",
                "{\"address\":\"demo/web\",\"desired\":{\"running\":2,\"warm\":0,\"sleeping\":0}}");
        var result = mvm("pool", "scale", "demo/web", "--running", "2");
        assertThat(result.out()).isEqualTo("demo/web  desired: 2 running, 0 warm, 0 sleeping\n");
        assertThat(requests.getFirst()).contains("{\"running\":2}");
        assertThat(mvm("pool", "scale", "demo/web", "--sleeping", "0").status()).isZero();
        assertThat(requests.getLast()).contains("{\"sleeping\":0}");
    }

    @Test
    void pools_areShownWithDesiredAndActualCountsAndTheirLimit() {
        var pool = "{\"address\":\"demo/web\",\"desired\":{\"running\":2},\"actual\":{\"running\":1,\"sleeping\":1},"
                + "\"granted\":4,\"vcpus\":1,\"mem_mib\":128}";
        answer("GET /v1/pools", "{\"pools\":[" + pool + "]}");
        answer("GET /v1/pools?tenant=demo", "{\"pools\":[" + pool + "]}");
        assertThat(mvm("pool", "list").out())
                .isEqualTo("demo/web  2 running, 0 warm, 0 sleeping  1 running, 0 warm, 1 sleeping  4\n");
        assertThat(mvm("pool", "info", "demo/web").out()).contains("""
                desired   2 running, 0 warm, 0 sleeping
                actual    1 running, 0 warm, 1 sleeping
                limit     4 instances per node
                """);
        assertThat(mvm("pool", "list", "--json").out())
                .contains("\"desired\"", "\"actual\"", "\"granted\"")
                .doesNotContain("\"limit\"");
    }
}
