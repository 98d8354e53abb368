package dev.mvm.linux.cryptsetup;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.secret.SecretMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Headers, for which no device-mapper is needed. What cryptsetup(8) makes of them it says itself.
@SuppressWarnings("MustBeClosedChecker") // closed after the test
final class LuksTest {
    private static final int BEFORE = 1 << 20;

    @TempDir
    private Path folder;

    private final Luks luks = new Luks();
    private final SecretMemory key = key(1);
    private final SecretMemory other = key(2);
    private Fd header;
    private Fd data;

    LuksTest() throws Exception {}

    private static SecretMemory key(int fill) throws IOException {
        var out = SecretMemory.allocate(32);
        out.bytes().fill((byte) fill);
        return out;
    }

    @BeforeEach
    void format() throws Exception {
        header = Fd.open(Files.createFile(folder.resolve("header")), OpenFlag.READ_WRITE);
        data = Fd.open(Files.createFile(folder.resolve("data")), OpenFlag.READ_WRITE);
        data.resize(BEFORE + (64 << 20));
        luks.format(header, data, BEFORE, key, "");
    }

    @AfterEach
    void close() {
        header.close();
        data.close();
        key.close();
        other.close();
    }

    private void opens(SecretMemory with) throws ErrnoException {
        try (var into = SecretMemory.allocate(Luks.KEY_SIZE)) {
            luks.volumeKey(header, data, with, into);
        }
    }

    private void refused(int errno, SecretMemory with) {
        assertThatThrownBy(() -> opens(with))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    /// The metadata, which is JSON after a binary part.
    private String metadata() throws Exception {
        return new String(Files.readAllBytes(folder.resolve("header")), 0, 16_384, ISO_8859_1);
    }

    @Test
    void header_isLuks2WithAesXtsOf512BitsAndNeedsNoLockNorKeyring() throws Exception {
        opens(key);
        assertThat(Files.size(folder.resolve("header"))).isEqualTo(Luks.HEADER_SIZE);
        var text = metadata();
        assertThat(text).startsWith("LUKS\u00ba\u00be\u0000\u0002");
        assertThat(text)
                .contains("\"encryption\":\"aes-xts-plain64\"", "\"sector_size\":4096", "\"offset\":\"1048576\"")
                .contains("\"key_size\":64", "\"type\":\"pbkdf2\"")
                .doesNotContain("argon2", "\"1\":{\"type\":\"luks2\"");
        assertThat(text.split("\"type\":\"luks2\"", -1)).hasSize(2);
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("header", "data");
    }

    @Test
    void data_isLeftAlone() throws Exception {
        var bytes = Files.readAllBytes(folder.resolve("data"));
        for (byte b : bytes) {
            assertThat(b).isZero();
        }
    }

    @Test
    void twoHeaders_haveTwoVolumeKeys() throws Exception {
        var first = Files.readAllBytes(folder.resolve("header"));
        luks.format(header, data, BEFORE, key, "");
        var second = Files.readAllBytes(folder.resolve("header"));
        assertThat(Arrays.mismatch(first, 32_768, 32_768 + 4096, second, 32_768, 32_768 + 4096))
                .isBetween(0, 16);
    }

    @Test
    @Tag("claim-V1")
    void wrongKey_isRefused() {
        refused(Errno.EPERM, other);
    }

    @Test
    @Tag("claim-V2")
    void changedSlotKey_isTheOnlyOneAndTheOldSlotIsDestroyed() throws Exception {
        var before = Files.readAllBytes(folder.resolve("header"));
        luks.changeSlotKey(header, data, key, other);
        opens(other);
        refused(Errno.EPERM, key);
        var after = Files.readAllBytes(folder.resolve("header"));
        int slot = 32_768; // the first
        assertThat(Arrays.mismatch(before, slot, slot + 250_000, after, slot, slot + 250_000))
                .isBetween(0, 16);
        luks.changeSlotKey(header, data, other, key);
        opens(key);
    }

    @Test
    @Tag("claim-V2")
    void changingWithTheWrongKey_changesNothing() throws Exception {
        var before = Files.readAllBytes(folder.resolve("header"));
        assertThatThrownBy(() -> luks.changeSlotKey(header, data, other, other))
                .isInstanceOf(ErrnoException.class)
                .hasMessage("crypt_keyslot_change_by_passphrase: EPERM");
        assertThat(Files.readAllBytes(folder.resolve("header"))).isEqualTo(before);
        opens(key);
    }

    @Test
    @Tag("claim-V1")
    void whatIsNoHeader_isRefused() throws Exception {
        var good = Files.readAllBytes(folder.resolve("header"));
        for (var bad : new byte[][] {
            new byte[0],
            Arrays.copyOf(good, 100),
            new byte[Luks.HEADER_SIZE],
            "ext4".repeat(Luks.HEADER_SIZE / 4).getBytes(ISO_8859_1)
        }) {
            Files.write(folder.resolve("header"), bad);
            assertThatThrownBy(() -> opens(key)).isInstanceOf(ErrnoException.class);
        }
        Arrays.fill(good, 32_768, good.length, (byte) 0); // the slots
        Files.write(folder.resolve("header"), good);
        refused(Errno.EPERM, key);
    }

    @Test
    void headerInMemory_isAsGood() throws Exception {
        try (var memory = Fd.inMemory()) {
            luks.format(memory, data, BEFORE, key, "");
            assertThat(memory.status().size()).isEqualTo(Luks.HEADER_SIZE);
            assertThat(volumeKey(memory))
                    .isEqualTo(volumeKey(memory))
                    .hasSize(64)
                    .isNotEqualTo(volumeKey(header));
        }
    }

    private byte[] volumeKey(Fd of) throws Exception {
        try (var into = SecretMemory.allocate(96)) {
            luks.volumeKey(of, data, key, into);
            assertThat(into.bytes().asSlice(64).toArray(JAVA_BYTE)).containsOnly(0);
            return into.bytes().asSlice(0, 64).toArray(JAVA_BYTE);
        }
    }

    @Test
    void volumeKey_doesNotChangeWithTheSlotKey() throws Exception {
        var before = volumeKey(header);
        luks.changeSlotKey(header, data, key, other);
        luks.changeSlotKey(header, data, other, key);
        assertThat(volumeKey(header)).isEqualTo(before);
    }

    @Test
    void memoryThatIsTooSmallForTheKey_isAnError() throws Exception {
        try (var into = SecretMemory.allocate(63)) {
            assertThatThrownBy(() -> luks.volumeKey(header, data, key, into)).isInstanceOf(ErrnoException.class);
        }
    }

    @Test
    void label_isKept() throws Exception {
        assertThat(luks.label(header, data)).isEmpty();
        luks.format(header, data, BEFORE, key, "integrity");
        assertThat(luks.label(header, data)).isEqualTo("integrity");
    }

    @Test
    void keyMemory_isAsItWas() throws Exception {
        opens(key);
        assertThat(key.bytes().toArray(JAVA_BYTE)).containsOnly(1);
    }
}
