package dev.mvm.crypto.tenantkeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.crypto.tenantkeys.KeyException.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalKeyAuthorityTest extends KeyAuthorityContract {
    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("master.keys");
    }

    @BeforeEach
    void firstMaster() throws Exception {
        var _ = LocalKeyAuthority.addMaster(file());
    }

    @Override
    KeyAuthority authority() {
        return new LocalKeyAuthority(file());
    }

    @Override
    void newMaster() throws Exception {
        var _ = LocalKeyAuthority.addMaster(file());
    }

    private void unusable() {
        assertThatThrownBy(() -> authority().make(PLACE))
                .isInstanceOfSatisfying(
                        KeyException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_MASTER_KEY));
    }

    @Test
    @Tag("claim-K4")
    void fileThatOthersMayRead_isRefused() throws Exception {
        assertThat(Files.getPosixFilePermissions(file())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));
        unusable();
        assertThatThrownBy(() -> LocalKeyAuthority.addMaster(file())).isInstanceOf(KeyException.class);
    }

    @Test
    void fileThatIsNoneOrMissing_isRefusedAndNotAddedTo() throws Exception {
        for (var text : new String[] {"", "A".repeat(44), "A".repeat(43) + "\n\n", "!".repeat(44) + "\n"}) {
            Files.writeString(file(), text);
            unusable();
            assertThatThrownBy(() -> LocalKeyAuthority.addMaster(file())).isInstanceOf(KeyException.class);
            assertThat(Files.readString(file())).isEqualTo(text);
        }
        Files.delete(file());
        unusable();
    }

    @Test
    void lostMaster_isNamed() throws Exception {
        var wrapped = authority().make(PLACE);
        Files.delete(file());
        var _ = LocalKeyAuthority.addMaster(file());
        assertThatThrownBy(() -> authority().lend(PLACE, wrapped, byte[]::clone))
                .hasMessageContaining(authority().master(wrapped));
    }

    @Test
    @Tag("claim-K4")
    void wrappedKey_opensInNoOtherPlace() throws Exception {
        opensInNoOtherPlace();
    }

    @Test
    @Tag("claim-K4")
    void lentKey_isZeroedAfterwards() throws Exception {
        zeroesWhatWasLent();
    }
}
