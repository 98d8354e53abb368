package dev.mvm.crypto.tenantkeys;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.crypto.sign.ServiceCredentials;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A file of master keys is read again before it takes the place of the one before.
final class MasterKeysTest {
    @TempDir
    Path folder;

    private static byte[] line(byte[] key) {
        return (Base64.getEncoder().encodeToString(key) + "\n").getBytes(US_ASCII);
    }

    private Path file() {
        return folder.resolve("master.keys");
    }

    private void refused(byte[] line, byte[] key) {
        assertThatThrownBy(() -> MasterKeys.add(file(), line, key)).isInstanceOf(KeyException.class);
    }

    private void holdsOnly(String... names) throws Exception {
        try (var all = Files.list(folder)) {
            assertThat(all.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder(names);
        }
    }

    @Test
    void keyThatIsWrittenWrongly_isNotAdded() throws Exception {
        var key = new byte[MasterKeys.KEY_SIZE];
        var other = new byte[MasterKeys.KEY_SIZE];
        other[0] = 1;
        var torn = new byte[45];
        refused(line(other), key);
        holdsOnly();
        MasterKeys.add(file(), line(key), key);
        var before = Files.readString(file());
        refused(line(key), other);
        refused(torn, other);
        refused(new byte[] {'\n'}, other);
        assertThat(Files.readString(file())).isEqualTo(before);
        holdsOnly("master.keys");
    }

    /// A key is added to those that systemd hands over, and the file with all of them counts from then on.
    @Test
    void keyThatIsAddedToACredential_isInAFileWithThoseOfBefore() throws Exception {
        var handed = Files.createDirectory(folder.resolve("handed"));
        var credentials = ServiceCredentials.in(handed);
        var first = MasterKeys.add(handed.resolve("mvm-coordinator.master.keys"));
        var place = KeyAuthorityContract.PLACE;
        var authority = new LocalKeyAuthority(file(), credentials);
        var wrapped = authority.make(place);
        assertThat(authority.master(wrapped)).isEqualTo(first);
        var second = MasterKeys.add(file(), credentials);
        assertThat(authority.master(authority.make(place))).isEqualTo(second);
        assertThat(authority.rewrap(place, wrapped)).contains(second);
        try (var keys = MasterKeys.read(file())) {
            assertThat(keys.key(first)).hasSize(MasterKeys.KEY_SIZE);
        }
    }

    @Test
    void addedKey_isTheNewest_andThoseOfBeforeStay() throws Exception {
        var first = MasterKeys.add(file());
        var second = MasterKeys.add(file());
        try (var keys = MasterKeys.read(file())) {
            assertThat(keys.newest()).isEqualTo(second);
            assertThat(keys.key(first)).hasSize(MasterKeys.KEY_SIZE);
        }
        holdsOnly("master.keys");
    }

    @Test
    void leftover_isNamed() throws Exception {
        var first = MasterKeys.add(file());
        Files.writeString(folder.resolve("master.keys.new"), "left over");
        assertThatThrownBy(() -> MasterKeys.add(file()))
                .hasMessageContaining("in the way")
                .hasMessageContaining(".new");
        try (var keys = MasterKeys.read(file())) {
            assertThat(keys.newest()).isEqualTo(first);
        }
    }
}
