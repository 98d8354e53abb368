package dev.mvm.agentd.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Verbs on single instances. Others read the words: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void verbs_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(Verbs.Verb.values()).map(Verbs.Verb::word))
                .containsExactly("start", "stop", "warm", "resume", "sleep", "sleep", "wake", "destroy");
    }
}
