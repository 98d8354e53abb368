package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.crypto.sign.EncryptedPkcs8.Hash;
import dev.mvm.crypto.sign.SigningException.Reason;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keys that a passphrase protects: our files open elsewhere, others' open here, and what does not open says why.
final class EncryptedKeyFileTest {
    private static final String PASSPHRASE = "correct hórse ☃ battery";
    private static final String ROUNDS = "600000";
    private static final byte[] KNOWN_SEED = "thirty-two bytes that are a seed".getBytes(UTF_8);
    private static final byte[] MESSAGE = "what may run is signed".getBytes(UTF_8);

    @TempDir
    Path dir;

    private Path secret(String name, String content) throws Exception {
        var file = dir.resolve(name);
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.writeString(file, content);
    }

    private PassphraseSource passphrase(String text) throws Exception {
        return new PassphraseFile(secret("passphrase", text + "\n"));
    }

    private Path encrypted() throws Exception {
        var file = dir.resolve("root.key");
        KeyFile.create(file, passphrase(PASSPHRASE)).close();
        return file;
    }

    /// A key that openssl has made and encrypted.
    private Path ofOpenssl(List<String> genpkey, String... pkcs8) throws Exception {
        var plain = dir.resolve("openssl.plain");
        var file = dir.resolve("openssl.key");
        var make = new ArrayList<>(List.of("openssl", "genpkey", "-out", plain.toString()));
        make.addAll(genpkey);
        Program.run(Map.of(), make);
        secret("passphrase", PASSPHRASE + "\n");
        var encrypt =
                new ArrayList<>(List.of("openssl", "pkcs8", "-topk8", "-in", plain.toString(), "-out", "" + file));
        encrypt.addAll(List.of("-passout", "file:" + dir.resolve("passphrase")));
        encrypt.addAll(List.of(pkcs8));
        Program.run(Map.of(), encrypt);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    private Path ofOpenssl(String... pkcs8) throws Exception {
        return ofOpenssl(List.of("-algorithm", "ed25519"), pkcs8);
    }

    private VerifyKey publicHalfByOpenssl(Path file) throws Exception {
        var spki = Program.run(
                "openssl",
                "pkey",
                "-in",
                file.toString(),
                "-passin",
                "file:" + secret("passphrase", PASSPHRASE + "\n"),
                "-pubout",
                "-outform",
                "DER");
        return new VerifyKey(Arrays.copyOfRange(spki, spki.length - VerifyKey.BYTES, spki.length));
    }

    private static void refused(Reason reason, String why, ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        SigningException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(why)
                .message()
                .doesNotContain("\n", PASSPHRASE);
    }

    @Test
    void createdKey_isEncrypted_readsBackAndSigns() throws Exception {
        var file = encrypted();
        var read = KeyFile.read(file, passphrase(PASSPHRASE));
        assertThat(read.verifyKey().base64())
                .isEqualTo(Files.readString(KeyFile.publicHalf(file)).strip());
        assertThat(new JdkEd25519().valid(read.verifyKey(), MESSAGE, read.sign(MESSAGE)))
                .isTrue();
        assertThat(Files.readString(file)).startsWith("-----BEGIN MVM ENCRYPTED SIGNING KEY-----");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void sameKeyTwice_isEncryptedDifferently() throws Exception {
        var seed = new byte[Pkcs8.SEED];
        assertThat(SealedSeed.sealed(seed, PASSPHRASE.toCharArray()).bytes())
                .isNotEqualTo(SealedSeed.sealed(seed, PASSPHRASE.toCharArray()).bytes());
    }

    @Test
    void keyFromBefore_opens_andANewPassphraseWritesItAnew() throws Exception {
        var seed = KNOWN_SEED.clone();
        var file = secret(
                "old.key",
                new String(OldKeyFile.encrypted(seed, PASSPHRASE.toCharArray()).bytes(), UTF_8));
        var key = KeyFile.read(file, passphrase(PASSPHRASE)).verifyKey();
        assertThat(key).isEqualTo(publicHalfByOpenssl(file)).isEqualTo(new JdkLibrary().publicHalf(seed));
        KeyFile.changePassphrase(file, passphrase(PASSPHRASE), passphrase(PASSPHRASE));
        assertThat(Files.readString(file)).startsWith("-----BEGIN MVM ENCRYPTED SIGNING KEY-----");
        assertThat(KeyFile.read(file, passphrase(PASSPHRASE)).verifyKey()).isEqualTo(key);
    }

    @Test
    void keyOfOpenssl_opensHere() throws Exception {
        var file = ofOpenssl("-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", ROUNDS);
        var key = KeyFile.read(file, passphrase(PASSPHRASE));
        assertThat(key.verifyKey()).isEqualTo(publicHalfByOpenssl(file));
        assertThat(new JdkEd25519().valid(key.verifyKey(), MESSAGE, key.sign(MESSAGE)))
                .isTrue();
    }

    @Test
    void plainKeyOfOpenssl_opensHere_andOursThere() throws Exception {
        var file = dir.resolve("plain.key");
        Program.run("openssl", "genpkey", "-algorithm", "ed25519", "-out", file.toString());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(KeyFile.read(file, PassphraseSource.none("it is plain")).verifyKey())
                .isEqualTo(publicHalfByOpenssl(file));
        var ours = dir.resolve("ours.key");
        assertThat(KeyFile.create(ours).verifyKey()).isEqualTo(publicHalfByOpenssl(ours));
    }

    @Test
    @Tag("claim-K1")
    void wrongPassphrase_isRefused() throws Exception {
        var file = encrypted();
        for (var wrong : new String[] {"x", PASSPHRASE + " ", PASSPHRASE.toUpperCase(java.util.Locale.ROOT)}) {
            var source = passphrase(wrong);
            refused(Reason.WRONG_PASSPHRASE, "wrong passphrase for the key " + file, () -> KeyFile.read(file, source));
        }
    }

    @Test
    void noPassphrase_isRefused() throws Exception {
        var file = encrypted();
        refused(
                Reason.NO_PASSPHRASE,
                "nobody is here",
                () -> KeyFile.read(file, PassphraseSource.none("nobody is here")));
        var empty = passphrase("");
        refused(Reason.NO_PASSPHRASE, "1 to 512 characters", () -> KeyFile.read(file, empty));
        var tooLong = passphrase("x".repeat(513));
        refused(Reason.NO_PASSPHRASE, "1 to 512 characters", () -> KeyFile.read(file, tooLong));
        refused(Reason.NO_KEY, "no such file", () -> KeyFile.read(file, new PassphraseFile(dir.resolve("nothing"))));
    }

    @Test
    @Tag("claim-K1")
    void passphraseThatOthersMayRead_isRefused() throws Exception {
        var file = encrypted();
        var source = passphrase(PASSPHRASE);
        Files.setPosixFilePermissions(dir.resolve("passphrase"), PosixFilePermissions.fromString("rw----r--"));
        refused(Reason.EXPOSED, "others may read the passphrase file", () -> KeyFile.read(file, source));
    }

    @Test
    void newPassphraseThatIsShort_makesNoKey() throws Exception {
        var file = dir.resolve("root.key");
        var source = passphrase("elevenchars");
        refused(Reason.NO_PASSPHRASE, "at least 12 characters", () -> KeyFile.create(file, source));
        assertThat(file).doesNotExist();
        assertThat(KeyFile.publicHalf(file)).doesNotExist();
    }

    @Test
    void existingKey_isNotOverwrittenByAnEncryptedOne() throws Exception {
        var file = encrypted();
        var before = Files.readString(file);
        var source = passphrase(PASSPHRASE);
        refused(Reason.KEY_EXISTS, "exists already", () -> KeyFile.create(file, source));
        assertThat(Files.readString(file)).isEqualTo(before);
    }

    @Test
    void truncatedKey_isDamaged() throws Exception {
        var content = OldKeyFile.encrypted(KNOWN_SEED, PASSPHRASE.toCharArray()).content();
        for (int length = 0; length < content.length; length++) {
            var cut = Arrays.copyOf(content, length);
            refused(
                    Reason.NOT_A_KEY,
                    "the key K is damaged",
                    () -> Pbes2.decrypted(cut, PASSPHRASE.toCharArray(), Pbes2.LEAST_ROUNDS, "the key K"));
        }
        var file = secret("cut.key", new String(new Pem(Pem.ENCRYPTED, Arrays.copyOf(content, 90)).bytes(), UTF_8));
        var source = passphrase(PASSPHRASE);
        refused(Reason.NOT_A_KEY, "is damaged", () -> KeyFile.read(file, source));
        refused(
                Reason.NOT_A_KEY,
                "is damaged",
                () -> Pbes2.decrypted(Arrays.copyOf(content, content.length + 1), new char[1], 1, "the key K"));
    }

    /// None of them gets as far as the costly part: no file has as many rounds as are asked for here.
    @Test
    void flippedBits_areRefusedForAReason() throws Exception {
        var content = OldKeyFile.encrypted(KNOWN_SEED, PASSPHRASE.toCharArray()).content();
        for (int i = 0; i < 8 * content.length; i++) {
            var flipped = content.clone();
            flipped[i / 8] ^= (byte) (1 << i % 8);
            assertThatThrownBy(() -> Pbes2.decrypted(flipped, new char[1], Pbes2.MOST_ROUNDS, "the key K"))
                    .isInstanceOfSatisfying(
                            SigningException.class,
                            e -> assertThat(e.reason()).isIn(Reason.NOT_A_KEY, Reason.WEAK_ENCRYPTION));
        }
    }

    @Test
    void fewRounds_areRefused_untilThePassphraseIsChanged() throws Exception {
        var file = ofOpenssl("-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "2048");
        var source = passphrase(PASSPHRASE);
        refused(
                Reason.WEAK_ENCRYPTION,
                "encrypted with 2048 rounds of PBKDF2, want 600000",
                () -> KeyFile.read(file, source));
        var key = publicHalfByOpenssl(file);
        KeyFile.changePassphrase(file, source, source);
        assertThat(KeyFile.read(file, source).verifyKey()).isEqualTo(key);
    }

    @Test
    void moreRoundsThanAreBearable_areRefused() throws Exception {
        for (int rounds : new int[] {Pbes2.MOST_ROUNDS + 1, Integer.MAX_VALUE}) {
            var slow = new EncryptedPkcs8(Hash.SHA_256, true, new byte[16], rounds, new byte[16], new byte[48]);
            var file = secret("slow.key", new String(new Pem(Pem.ENCRYPTED, slow.encoded()).bytes(), UTF_8));
            var source = passphrase(PASSPHRASE);
            refused(Reason.WEAK_ENCRYPTION, rounds + " rounds", () -> KeyFile.read(file, source));
            refused(Reason.WEAK_ENCRYPTION, rounds + " rounds", () -> KeyFile.changePassphrase(file, source, source));
        }
    }

    @Test
    void otherCiphers_areRefused_andSayHowToConvert() throws Exception {
        for (var means : new String[][] {
            {"-v2", "des3", "-v2prf", "hmacWithSHA256", "-iter", ROUNDS},
            {"-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA256", "-iter", ROUNDS},
            {"-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA1", "-iter", ROUNDS},
            {"-scrypt"},
            {"-v1", "PBE-SHA1-3DES"}
        }) {
            var file = ofOpenssl(means);
            var source = passphrase(PASSPHRASE);
            refused(Reason.WEAK_ENCRYPTION, "openssl pkcs8 -topk8 -v2 aes-256-cbc", () -> KeyFile.read(file, source));
        }
    }

    @Test
    void keyOfAnotherKind_isNamedAsSuch() throws Exception {
        for (var kind : new String[] {"ed448", "x25519"}) {
            var file = ofOpenssl(
                    List.of("-algorithm", kind), "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", ROUNDS);
            var source = passphrase(PASSPHRASE);
            refused(Reason.NOT_A_KEY, "is not an Ed25519 private key", () -> KeyFile.read(file, source));
        }
    }

    @Test
    void changedPassphrase_opensTheSameKey_andTheOldOneNoLongerDoes() throws Exception {
        var file = encrypted();
        var key = KeyFile.read(file, passphrase(PASSPHRASE)).verifyKey();
        var next = new PassphraseFile(secret("next", "another passphrase"));
        KeyFile.changePassphrase(file, passphrase(PASSPHRASE), next);
        assertThat(KeyFile.read(file, next).verifyKey()).isEqualTo(key);
        var old = passphrase(PASSPHRASE);
        refused(Reason.WRONG_PASSPHRASE, "wrong passphrase", () -> KeyFile.read(file, old));
        refused(Reason.WRONG_PASSPHRASE, "wrong passphrase", () -> KeyFile.changePassphrase(file, old, next));
        assertThat(KeyFile.read(file, next).verifyKey()).isEqualTo(key);
    }

    @Test
    void plainKey_isGivenAPassphrase() throws Exception {
        var file = dir.resolve("root.key");
        var key = KeyFile.create(file).verifyKey();
        var source = passphrase(PASSPHRASE);
        KeyFile.changePassphrase(file, PassphraseSource.none("it is plain"), source);
        assertThat(Files.readString(file)).contains("ENCRYPTED");
        assertThat(KeyFile.read(file, source).verifyKey()).isEqualTo(key);
    }

    @Test
    void leftoverOfAnInterruptedChange_isNotOverwritten() throws Exception {
        var file = encrypted();
        var before = Files.readString(file);
        Files.writeString(dir.resolve("root.key.new"), "left over");
        var source = passphrase(PASSPHRASE);
        refused(Reason.NOT_WRITTEN, "something is in the way", () -> KeyFile.changePassphrase(file, source, source));
        assertThat(Files.readString(file)).isEqualTo(before);
    }

    /// Opens, and is another key.
    private static Pem exchanging(byte[] seed, char[] passphrase) throws SigningException {
        return SealedSeed.sealed(new byte[Pkcs8.SEED], passphrase);
    }

    private void holdsOnly(String... names) throws Exception {
        try (var all = Files.list(dir)) {
            assertThat(all.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder(names);
        }
    }

    @Test
    void wronglyEncryptedKey_neverTakesThePlaceOfTheOldOne() throws Exception {
        var file = encrypted();
        var before = Files.readString(file);
        var source = passphrase(PASSPHRASE);
        for (var faulty : List.<KeyFile.Encryption>of(
                OldKeyFile::mislabelled,
                EncryptedKeyFileTest::exchanging,
                (seed, passphrase) -> new Pem(Pem.SEALED, seed),
                (seed, passphrase) -> new Pem(Pem.PLAIN, new byte[0]))) {
            refused(
                    Reason.NOT_WRITTEN,
                    "does not open again, so nothing is changed",
                    () -> KeyFile.changePassphrase(file, source, source, faulty));
            assertThat(Files.readString(file)).isEqualTo(before);
            holdsOnly("root.key", "root.key.pub", "passphrase");
        }
    }

    @Test
    void wronglyEncryptedNewKey_isNotLeftBehind() throws Exception {
        var file = dir.resolve("root.key");
        var source = passphrase(PASSPHRASE);
        refused(Reason.NOT_WRITTEN, "does not open again", () -> KeyFile.create(file, source, OldKeyFile::mislabelled));
        holdsOnly("passphrase");
    }

    @Test
    void passphrases_areWipedAfterUse() throws Exception {
        var given = new ArrayList<char[]>();
        var source = new PassphraseSource() {
            @Override
            public char[] passphrase(String what) {
                given.add(PASSPHRASE.toCharArray());
                return given.getLast();
            }

            @Override
            public char[] newPassphrase(String what) {
                return passphrase(what);
            }
        };
        var file = dir.resolve("root.key");
        KeyFile.create(file, source).close();
        KeyFile.changePassphrase(file, source, source);
        assertThat(given).hasSize(3).allSatisfy(text -> assertThat(text).containsOnly('\0'));
    }

    @Test
    void leftoverBesideANewKey_isInNobodysWay() throws Exception {
        var file = dir.resolve("root.key");
        Files.writeString(dir.resolve("root.key.new"), "left over");
        KeyFile.create(file).close();
        assertThat(dir.resolve("root.key.new")).hasContent("left over");
        holdsOnly("root.key", "root.key.pub", "root.key.new");
    }
}
