package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.property.Synced;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A power cut after a call takes nothing away that the call has made: names are synced last.
final class SyncedFilesTest {
    private static final byte[] CONTENT = "a secret".getBytes(UTF_8);

    @TempDir
    Path dir;

    @Test
    void newFile_isSynced_thenItsName() throws Exception {
        var synced = Synced.by(dir, () -> WholeFile.create(dir.resolve("secret"), CONTENT, "rw-------", _ -> {}));
        assertThat(synced).hasSizeGreaterThan(1).endsWith(dir);
        assertThat(synced.getFirst().getFileName().toString()).startsWith(".secret.");
    }

    @Test
    void replacedFile_isSynced_thenItsName() throws Exception {
        var file = dir.resolve("secret");
        WholeFile.create(file, CONTENT, "rw-------", _ -> {});
        var next = "another".getBytes(UTF_8);
        assertThat(Synced.by(dir, () -> WholeFile.replaceOwn(file, CONTENT, next, "rw-------", _ -> {})))
                .containsExactly(WholeFile.beside(file), dir);
        assertThat(Synced.by(dir, () -> WholeFile.replace(file, CONTENT, "rw-------", _ -> {})))
                .endsWith(dir);
    }

    @Test
    void newKey_isSynced_withItsName() throws Exception {
        assertThat(Synced.by(dir, () -> KeyFile.create(dir.resolve("state.key")).close()))
                .endsWith(dir);
    }

    @Test
    void newDirectories_areSynced_eachInTheOneAbove() throws Exception {
        var deep = dir.resolve("a/b/c");
        var above = new ArrayList<Path>();
        for (var path = deep.getParent(); path.startsWith(dir); path = path.getParent()) {
            above.addFirst(path);
        }
        assertThat(Synced.by(dir, () -> WholeFile.createDirectories(deep, "rwx------")))
                .containsExactlyElementsOf(above);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(deep.getParent())))
                .isEqualTo("rwx------");
        assertThat(Synced.by(dir, () -> WholeFile.createDirectories(deep, "rwx------")))
                .isEmpty();
    }
}
