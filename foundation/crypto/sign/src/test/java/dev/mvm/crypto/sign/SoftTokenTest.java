package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.crypto.sign.SigningException.Reason;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keys in tokens of SoftHSM, a PKCS #11 module that is not ours.
final class SoftTokenTest {
    private static final byte[] MESSAGE = "what may run is signed".getBytes(UTF_8);
    private static final PassphraseSource NOBODY = PassphraseSource.none("nobody is here");

    @TempDir
    Path dir;

    private SoftToken tokens;

    @BeforeEach
    void token_isThere() throws Exception {
        assumeTrue(
                Files.exists(SoftToken.MODULE) && Program.has("pkcs11-tool"),
                "SoftHSM is not installed: apt-get install softhsm2 opensc");
        tokens = SoftToken.in(dir).token("mvm");
    }

    private static void refused(Reason reason, String why, ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        SigningException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(why)
                .message()
                .doesNotContain("\n", SoftToken.PIN);
    }

    private void refused(Reason reason, String why, String reference) {
        refused(reason, why, () -> SigningKeys.open(reference, NOBODY).close());
    }

    private Path secret(String name, String content) throws Exception {
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        return Files.writeString(Files.createFile(dir.resolve(name), mode), content);
    }

    @Test
    void keyMadeInTheToken_signsWhatWeVerify() throws Exception {
        tokens.key("mvm", "root", "01");
        try (var key = SigningKeys.open(tokens.reference("token=mvm;object=root"), NOBODY)) {
            for (var message : new byte[][] {MESSAGE, new byte[0], new byte[100_000]}) {
                assertThat(new JdkEd25519().valid(key.verifyKey(), message, key.sign(message)))
                        .isTrue();
            }
            assertThat(new JdkEd25519().valid(key.verifyKey(), new byte[1], key.sign(MESSAGE)))
                    .isFalse();
        }
    }

    @Test
    void keyBroughtToTheToken_isTheSameKey() throws Exception {
        var file = dir.resolve("root.key");
        var made = KeyFile.create(file);
        tokens.imported("mvm", "root", "02", file);
        try (var key = SigningKeys.open(tokens.reference("token=mvm;id=%02"), NOBODY)) {
            assertThat(key.verifyKey()).isEqualTo(made.verifyKey());
            assertThat(key.sign(MESSAGE)).isEqualTo(made.sign(MESSAGE)); // Ed25519 leaves nothing to chance
        }
    }

    @Test
    void pin_isAskedFor_whenTheReferenceNamesNoFile() throws Exception {
        tokens.key("mvm", "root", "01");
        var reference = "pkcs11:token=mvm?module-path=" + SoftToken.MODULE;
        var file = new PassphraseFile(secret("typed", SoftToken.PIN));
        try (var key = SigningKeys.open(reference, file)) {
            assertThat(key.sign(MESSAGE)).hasSize(64);
        }
        refused(Reason.NO_PASSPHRASE, "the token mvm needs a passphrase: nobody is here", reference);
    }

    @Test
    @Tag("claim-K1")
    void wrongPin_isRefused() throws Exception {
        tokens.key("mvm", "root", "01");
        var reference = "pkcs11:token=mvm?module-path=" + SoftToken.MODULE + "&pin-source=file:";
        refused(Reason.WRONG_PIN, "refuses the PIN", reference + secret("wrong", "271829"));
        refused(Reason.WRONG_PIN, "refuses the PIN", reference + secret("short", "1"));
        try (var key = SigningKeys.open(tokens.reference("token=mvm"), NOBODY)) {
            assertThat(key.sign(MESSAGE)).hasSize(64);
        }
    }

    @Test
    void absentToken_isSaidToBe() throws Exception {
        tokens.key("mvm", "root", "01");
        refused(Reason.NO_TOKEN, "no such token", tokens.reference("token=mwm;object=root"));
        refused(Reason.NO_TOKEN, "no such token", tokens.reference("token=mvm;serial=1"));
        refused(Reason.NO_TOKEN, "no such token", tokens.reference("token=mvm;model=YubiKey"));
    }

    @Test
    void twoTokensThatFit_areNotChosenFrom() throws Exception {
        tokens.token("other").key("mvm", "root", "01");
        refused(Reason.AMBIGUOUS_TOKEN, "2 tokens fit", tokens.reference("object=root"));
    }

    @Test
    void absentKey_isSaidToBe() throws Exception {
        refused(Reason.NO_OBJECT, "no such key", tokens.reference("token=mvm"));
        tokens.key("mvm", "root", "01");
        refused(Reason.NO_OBJECT, "no such key", tokens.reference("token=mvm;object=toor"));
        refused(Reason.NO_OBJECT, "no such key", tokens.reference("token=mvm;object=root;id=%02"));
    }

    @Test
    void twoKeysThatFit_areNotChosenFrom() throws Exception {
        tokens.key("mvm", "root", "01").key("mvm", "root", "02");
        refused(Reason.AMBIGUOUS_OBJECT, "several keys", tokens.reference("token=mvm;object=root"));
        try (var key = SigningKeys.open(tokens.reference("token=mvm;object=root;id=%02"), NOBODY)) {
            assertThat(new JdkEd25519().valid(key.verifyKey(), MESSAGE, key.sign(MESSAGE)))
                    .isTrue();
        }
    }

    @Test
    void keyOfAnotherCurve_isRefused() throws Exception {
        tokens.key("mvm", "p256", "03", "EC:prime256v1");
        refused(Reason.WRONG_KEY, "not an Ed25519 key", tokens.reference("token=mvm;object=p256"));
    }

    @Test
    void keyWithoutItsPublicHalf_isRefused() throws Exception {
        tokens.key("mvm", "root", "01").tool("mvm", "--delete-object", "--type", "pubkey", "--id", "01");
        refused(Reason.WRONG_KEY, "no public key", tokens.reference("token=mvm;object=root"));
    }

    @Test
    void severalKeysAndThreads_shareOneModule() throws Exception {
        tokens.key("mvm", "a", "01").key("mvm", "b", "02");
        try (var a = SigningKeys.open(tokens.reference("token=mvm;object=a"), NOBODY);
                var b = SigningKeys.open(tokens.reference("token=mvm;object=b"), NOBODY);
                var threads = Executors.newFixedThreadPool(4)) {
            assertThat(a.verifyKey()).isNotEqualTo(b.verifyKey());
            var work = IntStream.range(0, 40)
                    .<Callable<Boolean>>mapToObj(i -> () -> {
                        var key = i % 2 == 0 ? a : b;
                        var message = new byte[] {(byte) i};
                        return new JdkEd25519().valid(key.verifyKey(), message, key.sign(message));
                    })
                    .toList();
            for (var done : threads.invokeAll(work)) {
                assertThat(done.get()).isTrue();
            }
        }
    }

    @Test
    void closedKey_beginsAnotherSession() throws Exception {
        tokens.key("mvm", "root", "01");
        var key = SigningKeys.open(tokens.reference("token=mvm;object=root"), NOBODY);
        key.close();
        assertThat(new JdkEd25519().valid(key.verifyKey(), MESSAGE, key.sign(MESSAGE)))
                .isTrue();
        key.close();
        key.close();
    }
}
