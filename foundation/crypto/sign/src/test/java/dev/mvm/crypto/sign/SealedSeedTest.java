package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.crypto.sign.Argon2id.Cost;
import dev.mvm.crypto.sign.SigningException.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keys under a passphrase by Argon2id: what is altered does not open, and another key is noticed.
final class SealedSeedTest {
    private static final String PASSPHRASE = "correct hórse ☃ battery";
    private static final byte[] SEED = "thirty-two bytes that are a seed".getBytes(UTF_8);

    @TempDir
    Path dir;

    private static void refused(Reason reason, String why, ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        SigningException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(why)
                .message()
                .doesNotContain("\n", PASSPHRASE);
    }

    private PassphraseSource passphrase() throws Exception {
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        return new PassphraseFile(Files.writeString(Files.createTempFile(dir, "passphrase", "", mode), PASSPHRASE));
    }

    /// The reference implementation's own test, argon2id with version 1.3.
    @Test
    void knownPassphrase_givesTheKnownKey() throws Exception {
        var key = Argon2id.here()
                .derive("password".getBytes(UTF_8), "somesalt".getBytes(UTF_8), new Cost(2, 1 << 16, 1), 32);
        assertThat(HexFormat.of().formatHex(key))
                .isEqualTo("09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
    }

    @Test
    void costOfAFile_isTheSecondChoiceOfTheStandard() {
        assertThat(SealedSeed.COST).isEqualTo(new Cost(3, 65_536, 4));
    }

    @Test
    void costThatTheLibraryDoesNotTake_isRefused() throws Exception {
        var library = Argon2id.here();
        refused(Reason.NO_LIBRARY, "Argon2id", () -> library.derive(SEED, SEED, new Cost(0, 8, 1), 32));
        refused(Reason.NO_LIBRARY, "Argon2id", () -> library.derive(SEED, new byte[1], new Cost(1, 8, 1), 32));
    }

    @Test
    void sealedSeed_hasTheBytesOfTheFormat_andOpens() throws Exception {
        var content = SealedSeed.sealed(SEED, PASSPHRASE.toCharArray()).content();
        assertThat(content).hasSize(SealedSeed.BYTES).startsWith(1);
        assertThat(Arrays.copyOfRange(content, 1, 33))
                .isEqualTo(new JdkLibrary().publicHalf(SEED).raw());
        assertThat(SealedSeed.opened(content, PASSPHRASE.toCharArray(), "the key K"))
                .isEqualTo(SEED);
        refused(
                Reason.WRONG_PASSPHRASE,
                "wrong passphrase for the key K",
                () -> SealedSeed.opened(content, "another passphrase".toCharArray(), "the key K"));
    }

    /// With CBC a writer of the file could turn the key in it into another one.
    @Test
    @Tag("claim-K1")
    void alteredByte_opensNothing() throws Exception {
        var content = SealedSeed.sealed(SEED, PASSPHRASE.toCharArray()).content();
        for (int at : new int[] {1, 32, 33, 48, 49, 60, 61, 92, 93, 108}) {
            var altered = content.clone();
            altered[at] ^= 1;
            refused(
                    Reason.WRONG_PASSPHRASE,
                    "or the file was altered",
                    () -> SealedSeed.opened(altered, PASSPHRASE.toCharArray(), "the key K"));
        }
        var later = content.clone();
        later[0] = 2;
        refused(
                Reason.NOT_A_KEY,
                "has version 2: a later mvm reads it",
                () -> SealedSeed.opened(later, PASSPHRASE.toCharArray(), "the key K"));
    }

    @Test
    void otherLengths_areDamage_beforeAPassphraseIsAskedFor() throws Exception {
        var content = SealedSeed.sealed(SEED, PASSPHRASE.toCharArray()).content();
        for (int length = 0; length < content.length + 20; length++) {
            var cut = Arrays.copyOf(content, length);
            if (length != content.length) {
                refused(Reason.NOT_A_KEY, "is damaged", () -> SealedSeed.demandKnown(cut, "the key K"));
            }
        }
        var file = dir.resolve("cut.key");
        Files.write(file, new Pem(Pem.SEALED, Arrays.copyOf(content, 100)).bytes());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        refused(Reason.NOT_A_KEY, "is damaged", () -> KeyFile.read(file, PassphraseSource.none("it is not asked for")));
        refused(Reason.NOT_A_KEY, "is damaged", () -> KeyFile.label(file));
    }

    /// A thief who may write the key file cannot have its owner sign by another key unnoticed.
    @Test
    @Tag("claim-K1")
    void keyThatIsNotTheOneBesideIt_signsNothing() throws Exception {
        var file = dir.resolve("root.key");
        var other = dir.resolve("other.key");
        KeyFile.create(file, passphrase()).close();
        KeyFile.create(other).close();
        var source = passphrase();
        Files.move(other, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        refused(Reason.OTHER_PUBLIC_HALF, "find out which", () -> KeyFile.read(file, source));
        refused(Reason.OTHER_PUBLIC_HALF, "find out which", () -> KeyFile.changePassphrase(file, source, source));
        for (var text : new String[] {"", "hello", "x".repeat(5000)}) {
            Files.writeString(KeyFile.publicHalf(file), text);
            refused(Reason.OTHER_PUBLIC_HALF, "is not its public half", () -> KeyFile.read(file, source));
        }
        Files.delete(KeyFile.publicHalf(file));
        assertThat(KeyFile.read(file, source)).isNotNull();
    }

    @Test
    void pem_isReadAsWritten_withAnyWhiteSpace() {
        for (var label : new String[] {Pem.PLAIN, Pem.ENCRYPTED, Pem.SEALED}) {
            for (int length : new int[] {0, 1, 47, 48, 49, 109, 1000}) {
                var text = new String(new Pem(label, new byte[length]).bytes(), UTF_8);
                assertThat(text)
                        .startsWith("-----BEGIN " + label + "-----\n")
                        .endsWith("\n-----END " + label + "-----\n");
                var spaced = " \r\n" + text.replace("\n", "\r\n\t ") + "  ";
                assertThat(Pem.parse(spaced.getBytes(UTF_8)).bytes()).isEqualTo(text.getBytes(UTF_8));
            }
        }
    }

    @FuzzTest(maxDuration = "10s")
    void anyText_isOneBlock_orRefused(byte[] input) {
        try {
            var pem = Pem.parse(input);
            assertThat(Pem.parse(pem.bytes()).content()).isEqualTo(pem.content());
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).matches("[ -~]*");
        }
    }
}
