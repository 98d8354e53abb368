package dev.mvm.coordinator.pki;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Roles: in the URIs of certificates and in the list of those issued. Kinds of kept keys: in the lines of `keys`.
/// Others read the words: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void roles_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(CertificateRole.values()).map(CertificateRole::word))
                .containsExactly("node", "operator", "coordinator");
    }

    @Test
    void kindsOfKeptKeys_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(KeptKey.Kind.values()).map(KeptKey.Kind::word))
                .containsExactly("file", "credential", "token", "transit", "inline", "missing");
    }
}
