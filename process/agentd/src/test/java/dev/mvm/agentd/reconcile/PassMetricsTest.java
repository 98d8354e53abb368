package dev.mvm.agentd.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.execute.Outcome;
import dev.mvm.agentd.execute.RoundResult;
import dev.mvm.model.PoolAddress;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PassMetricsTest {
    @Test
    void poolsAreCountedByOutcome_andWhoRests() {
        var pass = new RoundResult(
                Map.of(),
                Map.of(
                        PoolAddress.parse("demo/a"), new Outcome.Blocked("max_running"),
                        PoolAddress.parse("demo/b"), new Outcome.Blocked("frozen"),
                        PoolAddress.parse("demo/c"), new Outcome.Converged()),
                false);
        assertThat(new PassMetrics(() -> pass, () -> 3).text().lines())
                .contains(
                        "# TYPE mvm_pool_outcomes gauge",
                        "mvm_pool_outcomes{outcome=\"blocked\"} 2",
                        "mvm_pool_outcomes{outcome=\"converged\"} 1",
                        "mvm_pool_outcomes{outcome=\"rejected\"} 0",
                        "mvm_resting_instances 3");
    }
}
