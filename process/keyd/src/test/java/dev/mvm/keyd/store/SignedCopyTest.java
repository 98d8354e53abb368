package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreFixture.refused;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.crypto.sign.PassphraseSource;
import dev.mvm.crypto.sign.PlainKey;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.sign.SigningKeys;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.keyd.store.StoreException.Reason;
import dev.mvm.model.Bytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SignedCopyTest {
    private static final SignedCopy COPY =
            new SignedCopy(1_800_000_000, Bytes.of("a copy\nof two lines".getBytes(US_ASCII)));

    @TempDir
    private Path folder;

    private SigningKey key(String name) throws Exception {
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        var file = Files.write(Files.createFile(folder.resolve(name), mode), PlainKey.make());
        return SigningKeys.open(file.toString(), PassphraseSource.none("it has none"));
    }

    private static SignedCopy read(byte[] file, VerifyKey... keys) throws StoreException {
        return SignedCopy.verified(file, List.of(keys), new JdkEd25519());
    }

    @Test
    void whatWasSigned_isRead() throws Exception {
        try (var key = key("keys");
                var other = key("other")) {
            assertThat(read(COPY.signed(key), other.verifyKey(), key.verifyKey()))
                    .isEqualTo(COPY);
        }
    }

    @Test
    void otherKey_isRefused() throws Exception {
        try (var key = key("keys");
                var other = key("other")) {
            refused(Reason.STORE_DAMAGED, () -> read(COPY.signed(key), other.verifyKey()));
            refused(Reason.STORE_DAMAGED, () -> read(COPY.signed(key)));
        }
    }

    @Test
    void alteredCutOrLongerFile_isRefused() throws Exception {
        try (var key = key("keys")) {
            var good = COPY.signed(key);
            for (int i = 0; i < good.length; i++) {
                var bad = good.clone();
                bad[i] ^= 1;
                refused(Reason.STORE_DAMAGED, () -> read(bad, key.verifyKey()));
                var cut = java.util.Arrays.copyOf(good, i);
                refused(Reason.STORE_DAMAGED, () -> read(cut, key.verifyKey()));
            }
            refused(Reason.STORE_DAMAGED, () -> read(java.util.Arrays.copyOf(good, good.length + 1), key.verifyKey()));
        }
    }

    /// A signature by the right key of something else makes no copy.
    @Test
    void signatureOfAnotherType_isRefused() throws Exception {
        try (var key = key("keys")) {
            var file = new String(COPY.signed(key), US_ASCII).replace("key-store-copy", "key-blob");
            refused(Reason.STORE_DAMAGED, () -> read(file.getBytes(US_ASCII), key.verifyKey()));
        }
    }
}
