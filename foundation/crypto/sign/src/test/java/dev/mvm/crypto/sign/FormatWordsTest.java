package dev.mvm.crypto.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.crypto.pkcs11.CryptokiException;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Reason codes for a key that was not used. Other programs read the words: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void reasons_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(SigningException.Reason.values()).map(SigningException.Reason::code))
                .containsExactly(
                        "bad_reference",
                        "no_key",
                        "key_exists",
                        "not_written",
                        "not_synced",
                        "exposed",
                        "not_a_key",
                        "weak_encryption",
                        "wrong_label",
                        "other_public_half",
                        "no_library",
                        "no_passphrase",
                        "wrong_passphrase",
                        "no_module",
                        "no_token",
                        "ambiguous_token",
                        "token_gone",
                        "wrong_pin",
                        "pin_locked",
                        "no_object",
                        "ambiguous_object",
                        "wrong_key",
                        "token_refused",
                        "vault_settings",
                        "vault_unreachable",
                        "vault_sealed",
                        "vault_denied",
                        "vault_answer",
                        "bad_signature");
    }

    @Test
    void tokens_giveTheReasonsOfTheFormat() {
        assertThat(Stream.of(CryptokiException.Reason.values())
                        .map(reason -> SigningException.of(new CryptokiException(reason, "")))
                        .map(failure -> failure.reason().code()))
                .containsExactly(
                        "bad_reference",
                        "no_module",
                        "no_token",
                        "ambiguous_token",
                        "token_gone",
                        "wrong_pin",
                        "pin_locked",
                        "no_object",
                        "ambiguous_object",
                        "wrong_key",
                        "token_refused");
    }
}
