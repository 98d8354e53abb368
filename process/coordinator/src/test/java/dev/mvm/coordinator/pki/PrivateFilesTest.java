package dev.mvm.coordinator.pki;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.property.Synced;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files that do not read back as they were written do not get their name.
final class PrivateFilesTest {
    private static final byte[] CONTENT = "what people rely on\n".getBytes(UTF_8);

    @TempDir
    Path dir;

    private static void broken(Path written) throws PkiException {
        assertThat(written).exists();
        throw new PkiException("does not open");
    }

    private void holdsOnly(String... names) throws Exception {
        try (var all = Files.list(dir)) {
            assertThat(all.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder(names);
        }
    }

    @Test
    void fileThatDoesNotOpen_leavesTheOldOne() throws Exception {
        var file = Files.writeString(dir.resolve("server.pem"), "old");
        assertThatThrownBy(() -> PrivateFiles.replace(file, CONTENT, PrivateFilesTest::broken))
                .isInstanceOf(PkiException.class)
                .hasMessage("does not open");
        assertThat(file).hasContent("old");
        holdsOnly("server.pem");
        PrivateFiles.replace(file, CONTENT, written -> assertThat(written).hasBinaryContent(CONTENT));
        assertThat(file).hasBinaryContent(CONTENT);
        holdsOnly("server.pem");
    }

    /// A power cut takes no credential away, and no list of revoked ones.
    @Test
    void everyFile_isSynced_andItsNameLast() throws Exception {
        var fleet = dir.resolve("coordinator/fleet");
        var file = fleet.resolve("revoked");
        assertThat(Synced.by(dir, () -> PrivateFiles.createParents(fleet))).containsExactly(dir);
        var made = Synced.by(
                dir, () -> PrivateFiles.createDirectory(fleet, Map.of("revoked", CONTENT), PrivateFiles.Check.none()));
        assertThat(made).hasSize(3).endsWith(fleet.getParent());
        assertThat(Synced.by(dir, () -> PrivateFiles.append(file, "a line"))).containsExactly(file);
        assertThat(Synced.by(dir, () -> PrivateFiles.replace(file, CONTENT, PrivateFiles.Check.none())))
                .endsWith(fleet);
        Files.delete(file);
        assertThatThrownBy(() -> PrivateFiles.append(file, "a line")).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void directoryThatDoesNotOpen_isNotMade() throws Exception {
        var directory = dir.resolve("fleet");
        var files = Map.of("ca.pem", CONTENT, "token", CONTENT);
        assertThatThrownBy(() -> PrivateFiles.createDirectory(directory, files, PrivateFilesTest::broken))
                .isInstanceOf(PkiException.class)
                .hasMessage("does not open");
        holdsOnly();
    }
}
