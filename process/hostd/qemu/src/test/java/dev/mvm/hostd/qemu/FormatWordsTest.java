package dev.mvm.hostd.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Words in requests to the launcher and in reports of nodes: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void accelerators_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(Accelerator.values()).map(Accelerator::word)).containsExactly("kvm", "tcg");
    }
}
