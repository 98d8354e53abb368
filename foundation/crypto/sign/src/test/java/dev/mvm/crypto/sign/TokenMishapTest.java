package dev.mvm.crypto.sign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.crypto.sign.SigningException.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Tokens that are locked, pulled out, exchanged or lie: a module in C stands in for them.
final class TokenMishapTest {
    private static final byte[] MESSAGE = {0x72};

    @TempDir
    static Path built;

    @TempDir
    Path dir;

    private String reference = "";

    @BeforeAll
    static void module_isBuilt() throws Exception {
        Program.run(
                "gcc", "-shared", "-fPIC", "-Wall", "-Wextra", "-o", built + "/stand_in.so", "src/test/c/stand_in.c");
    }

    @BeforeEach
    void pin_isInAFile() throws Exception {
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        var pin = Files.writeString(Files.createFile(dir.resolve("pin"), mode), "271828");
        reference = "pkcs11:token=stand-in?module-path=" + built + "/stand_in.so&pin-source=file:" + pin;
        mood("good");
    }

    @AfterEach
    void nothing_isAmiss() throws Exception {
        mood("good");
    }

    private static void mood(String how) throws Exception {
        SoftToken.environment("MVM_STAND_IN", how);
    }

    private SigningKey open() throws SigningException {
        return SigningKeys.open(reference, PassphraseSource.none("it is in a file"));
    }

    private static SigningException failure(org.assertj.core.api.ThrowableAssert.ThrowingCallable what) {
        var thrown = org.assertj.core.api.Assertions.catchThrowableOfType(SigningException.class, what);
        assertThat(thrown).isNotNull();
        assertThat(thrown.getMessage()).doesNotContain("\n", "271828");
        return thrown;
    }

    @Test
    void standIn_signsTheKnownMessage() throws Exception {
        try (var key = open()) {
            assertThat(HexFormat.of().formatHex(key.sign(MESSAGE))).startsWith("92a009a9f0d4cab8");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "locked|PIN_LOCKED|the PIN is locked: unlock it",
                "final-try|PIN_LOCKED|one more wrong PIN would lock the token",
                "locks-now|PIN_LOCKED|the PIN is locked",
                "expired|WRONG_PIN|the PIN has expired",
                "no-pin|WRONG_PIN|has no PIN yet",
                "uninitialised|NO_TOKEN|no such token",
                "twins|AMBIGUOUS_TOKEN|2 tokens fit",
                "no-key|NO_OBJECT|no such key",
                "twin-keys|AMBIGUOUS_OBJECT|several keys",
                "montgomery|WRONG_KEY|not an Ed25519 key",
                "long-point|WRONG_KEY|public half of the key in the token is not",
                "broken|TOKEN_REFUSED|C_Initialize: 0x5"
            })
    void tokenThatCannotBeOpened_saysWhy(String mood, Reason reason, String why) throws Exception {
        mood(mood);
        var failure = failure(() -> open().close());
        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure).hasMessageContaining(why);
        mood("good");
        open().close(); // nothing of it stays behind
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "forges|BAD_SIGNATURE|does not fit its public key",
                "short|TOKEN_REFUSED|does not have 64 bytes",
                "no-eddsa|WRONG_KEY|does not sign Ed25519 with this key",
                "gone|TOKEN_GONE|is it plugged in?",
                "changes-key|WRONG_KEY|another key than before"
            })
    void signatureThatIsNone_isNotHandedOut(String mood, Reason reason, String why) throws Exception {
        try (var key = open()) {
            mood(mood);
            var failure = failure(() -> key.sign(MESSAGE));
            assertThat(failure.reason()).isEqualTo(reason);
            assertThat(failure).hasMessageContaining(why);
        }
    }

    @Test
    void tokenThatWasPulledOutAndPutBack_signsInAnotherSession() throws Exception {
        try (var key = open()) {
            mood("goes-once");
            assertThat(key.sign(MESSAGE)).hasSize(64);
            assertThat(key.sign(MESSAGE)).hasSize(64);
        }
    }

    @Test
    void tokenThatFailedOnce_isTriedAgainAtTheNextSignature() throws Exception {
        try (var key = open()) {
            mood("gone");
            assertThat(failure(() -> key.sign(MESSAGE)).reason()).isEqualTo(Reason.TOKEN_GONE);
            mood("good");
            assertThat(key.sign(MESSAGE)).hasSize(64);
        }
    }

    @Test
    void moduleThatIsNone_saysWhy() throws Exception {
        refused("pkcs11:?module-path=" + dir + "/none.so", "no PKCS #11 module at " + dir + "/none.so");
        refused("pkcs11:?module-path=" + dir, "no PKCS #11 module at " + dir);
        Files.writeString(dir.resolve("text.so"), "not a library");
        refused("pkcs11:?module-path=" + dir + "/text.so", "cannot be loaded");
        var other = Files.writeString(dir.resolve("other.c"), "int answer(void) { return 42; }");
        Program.run("gcc", "-shared", "-fPIC", "-o", dir + "/other.so", other.toString());
        refused("pkcs11:?module-path=" + dir + "/other.so", "not a PKCS #11 module: " + dir + "/other.so");
        mood("no-list");
        refused(reference, "has no list of functions");
    }

    private static void refused(String reference, String why) {
        var failure = failure(() -> SigningKeys.open(reference, PassphraseSource.none("there is no token"))
                .close());
        assertThat(failure.reason()).isEqualTo(Reason.NO_MODULE);
        assertThat(failure).hasMessageContaining(why);
    }

    @Test
    void referenceThatIsNone_saysWhy() {
        for (var wrong : new String[] {
            "pkcs11:token=a",
            "pkcs11:token=a?module-path=relative.so",
            "pkcs11:pin-value=1?module-path=/m.so",
            "pkcs12:a"
        }) {
            assertThatThrownBy(() -> SigningKeys.open(wrong, PassphraseSource.none("it is wrong")))
                    .isInstanceOfSatisfying(
                            SigningException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BAD_REFERENCE));
        }
    }
}
