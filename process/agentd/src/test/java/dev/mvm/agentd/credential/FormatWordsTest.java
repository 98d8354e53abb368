package dev.mvm.agentd.credential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Words of metrics and logs, which stay as they are.
final class FormatWordsTest {
    @Test
    void renewalFaults() {
        assertThat(List.of(RenewalFault.values()))
                .extracting(RenewalFault::word)
                .containsExactly(
                        "unreachable",
                        "refused",
                        "malformed",
                        "no_authorities",
                        "wrong_key",
                        "wrong_name",
                        "wrong_use",
                        "not_valid_now",
                        "unknown_authority",
                        "not_written");
    }
}
