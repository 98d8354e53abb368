package dev.mvm.agentd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.agentd.idle.IdleSettings;
import dev.mvm.agentd.idle.IdleTimeouts;
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
        assertThat(read("")).isEqualTo(new ReconcileSettings(4, IdleSettings.OFF, Policy.Prune.NOTHING));
        assertThat(read("").idle().any()).isFalse();
        assertThat(read("[rest]\n").idle().any()).as("it has to be enabled").isFalse();
    }

    @Test
    void everyKey_andPoolsThatDiffer() {
        var settings = read("""
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
        assertThat(settings.parallel()).isEqualTo(9);
        assertThat(settings.prune()).isEqualTo(new Policy.Prune(true, true));
        assertThat(settings.idle().pressurePercent()).isEqualTo(15);
        var usual = settings.idle().of(PoolAddress.parse("other/pool"));
        assertThat(usual)
                .isEqualTo(new IdleSettings.OfPool(
                        true,
                        new IdleTimeouts(
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(20),
                                Duration.ofSeconds(3),
                                Duration.ofSeconds(4)),
                        IdleSettings.Unfit.COLD_BOOT));
        var web = PoolAddress.parse("demo/web");
        var batch = PoolAddress.parse("demo/batch");
        assertThat(settings.idle().of(web).enabled()).isFalse();
        assertThat(settings.idle().of(web).timeouts()).isEqualTo(usual.timeouts());
        assertThat(settings.idle().of(batch).timeouts().sleepAfter()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.idle().coldBoot(Set.of(web, batch))).containsExactly(web);
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
