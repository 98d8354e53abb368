package dev.mvm.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RunEndTest {
    @Test
    void lastLineOfTheFirstProcess_isTheEnd() {
        assertThat(RunEnd.of("mvm-init: end exited 3")).contains(new RunEnd("exited", 3, ""));
        assertThat(RunEnd.of("mvm-init: end volume_unplaced 255 no place, 2 named"))
                .contains(new RunEnd("volume_unplaced", 255, "no place, 2 named"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "out: mvm-init: end exited 0",
                "mvm-init: end",
                "mvm-init: end exited",
                "mvm-init: end exited 256",
                "mvm-init: end exited 9999",
                "mvm-init: end exited -1",
                "mvm-init: end \u001b[2J 0",
                "mvm-init: end exited 0x"
            })
    void otherLines_areNot(String line) {
        assertThat(RunEnd.of(line)).isEmpty();
    }
}
