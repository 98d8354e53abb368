package dev.mvm.agentd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.agentd.idle.IdleTimeouts;
import dev.mvm.agentd.idle.RestSettings;
import dev.mvm.agentd.plan.Policy;
import dev.mvm.model.PoolAddress;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tomlj.Toml;

final class ReconcileSettingsTest {
    private static ReconcileSettings read(String text) {
        var parsed = Toml.parse(text);
        assertThat(parsed.errors()).isEmpty();
        return ReconcileSettings.read(parsed);
    }

    @Test
    void withoutAnything_nothingRestsAndNothingIsPruned() {
        assertThat(read("")).isEqualTo(new ReconcileSettings(4, RestSettings.OFF, Policy.Prune.NOTHING));
        assertThat(read("").rest().any()).isFalse();
        assertThat(read("[rest]\n").rest().any()).as("it has to be enabled").isFalse();
    }

    @Test
    void everyKey_andPoolsThatDiffer() {
        var conduct = read("""
                parallel = 9
                [prune]
                unknown-tenants = true
                unknown-pools = true
                [rest]
                enabled = true
                warm-after = 10
                sleep-after = 20
                run-at-least = 3
                warm-at-least = 4
                snapshot-unfit = "cold_boot"
                pressure-percent = 15
                [rest.pools."demo/web"]
                enabled = false
                [rest.pools."demo/batch"]
                sleep-after = 10
                snapshot-unfit = "hold"
                """);
        assertThat(conduct.parallel()).isEqualTo(9);
        assertThat(conduct.prune()).isEqualTo(new Policy.Prune(true, true));
        assertThat(conduct.rest().pressurePercent()).isEqualTo(15);
        var usual = conduct.rest().of(PoolAddress.parse("other/pool"));
        assertThat(usual)
                .isEqualTo(new RestSettings.OfPool(
                        true,
                        new IdleTimeouts(
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(20),
                                Duration.ofSeconds(3),
                                Duration.ofSeconds(4)),
                        RestSettings.Unfit.COLD_BOOT));
        var web = PoolAddress.parse("demo/web");
        var batch = PoolAddress.parse("demo/batch");
        assertThat(conduct.rest().of(web).rests()).isFalse();
        assertThat(conduct.rest().of(web).rhythm()).isEqualTo(usual.rhythm());
        assertThat(conduct.rest().of(batch).rhythm().sleepAfter()).isEqualTo(Duration.ofSeconds(10));
        assertThat(conduct.rest().coldBoot(Set.of(web, batch))).containsExactly(web);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "parallel = 0",
                "parallel = 65",
                "parallel = \"4\"",
                "rest = true",
                "[prune]\nunknown = true",
                "[prune]\nunknown-pools = 1",
                "[rest]\nwarm = 3",
                "[rest]\nenabled = \"yes\"",
                "[rest]\nwarm-after = -1",
                "[rest]\nwarm-after = 901",
                "[rest]\nsleep-after = 9999999999",
                "[rest]\nwarm-after = 1.5",
                "[rest]\npressure-percent = 101",
                "[rest]\nsnapshot-unfit = \"retry\"",
                "[rest]\npools = 1",
                "[rest.pools.web]\nenabled = true",
                "[rest.pools.\"demo/web\"]\npressure-percent = 3"
            })
    void whatCannotBeUsed_isRefused(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
