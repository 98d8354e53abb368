package dev.mvm.coordinator.operators;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Words in records and answers.
final class FormatWordsTest {
    @Test
    void roles_haveTheirWords() {
        assertThat(OperatorRole.values())
                .extracting(OperatorRole::word)
                .containsExactly("auditor", "operator", "admin");
        for (var role : OperatorRole.values()) {
            assertThat(OperatorRole.of(role.word())).contains(role);
        }
        assertThat(OperatorRole.of("root")).isEmpty();
    }
}
