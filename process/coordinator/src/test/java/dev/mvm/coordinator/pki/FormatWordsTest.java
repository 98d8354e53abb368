package dev.mvm.coordinator.pki;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Roles: in the URIs of certificates and in the list of those issued. Others read the words: they stay when a
/// constant is renamed.
final class FormatWordsTest {
    @Test
    void roles_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(CertificateRole.values()).map(CertificateRole::word))
                .containsExactly("node", "operator", "coordinator");
    }
}
