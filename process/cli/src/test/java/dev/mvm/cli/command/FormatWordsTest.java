package dev.mvm.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Words in documents that verbs print with `--json`. Other programs read them: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void levelsOfDoctorsFindings_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(DoctorCommand.Level.values()).map(DoctorCommand.Level::word))
                .containsExactly("ok", "note", "warn", "wrong");
    }
}
