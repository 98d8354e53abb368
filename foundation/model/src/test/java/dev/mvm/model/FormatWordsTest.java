package dev.mvm.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Words of a format: what signed documents, records and answers hold. Others read them: they stay when a constant is
/// renamed.
final class FormatWordsTest {
    @Test
    void flags_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(PoolFlag.values()).map(PoolFlag::word))
                .containsExactly(
                        "exec",
                        "metadata",
                        "pinned",
                        "critical",
                        "egress",
                        "isolated",
                        "strict",
                        "integrity",
                        "logs",
                        "no_restart");
    }

    @Test
    void keyPurposes_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(KeyPurpose.values()).map(KeyPurpose::word))
                .containsExactly("snapshot", "volume", "secrets");
    }

    @Test
    void instanceStates_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(InstanceState.values()).map(InstanceState::word))
                .containsExactly("Created", "Ready", "Running", "Warm", "Sleeping", "Stopped", "Destroyed");
    }
}
