package dev.mvm.agentd.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Codes of shortfalls in answers and audits. Other programs read them: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void lacks_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(UnmetReason.values()).map(UnmetReason::code))
                .containsExactly(
                        "frozen",
                        "max_vcpus",
                        "max_mem_mib",
                        "max_running",
                        "max_warm",
                        "max_disk_gib",
                        "max_sleeping_mem_mib",
                        "max_instances_per_pool",
                        "count",
                        "no_slot",
                        "node_full");
    }
}
