package dev.mvm.protocol.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Words of a format: what launchers are told. Others read them: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void descriptors_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(Descriptor.values()).map(Descriptor::word))
                .containsExactly("kernel", "rootfs", "image", "drive", "snap");
    }
}
