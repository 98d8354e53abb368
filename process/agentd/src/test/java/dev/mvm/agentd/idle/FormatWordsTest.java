package dev.mvm.agentd.idle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Words of the agent's configuration. Operators write them: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void treatmentsOfASnapshotThatDoesNotFit_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(IdleSettings.Unfit.values()).map(IdleSettings.Unfit::word))
                .containsExactly("hold", "cold_boot");
        assertThat(IdleSettings.Unfit.of("cold_boot")).contains(IdleSettings.Unfit.COLD_BOOT);
        assertThat(IdleSettings.Unfit.of("COLD_BOOT")).isEmpty();
    }
}
