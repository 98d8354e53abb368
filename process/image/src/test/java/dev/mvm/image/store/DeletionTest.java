package dev.mvm.image.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Directories as a program that was taken over leaves them.
final class DeletionTest {
    @TempDir
    Path dir;

    private Path root;
    private Path other;

    @BeforeEach
    void directories() throws IOException {
        root = Files.createDirectory(dir.resolve("root"));
        other = Files.createDirectory(dir.resolve("other"));
        Files.writeString(other.resolve("file"), "kept");
    }

    private void assertDeleted() throws IOException {
        Deletion.of(root);
        assertThat(root).doesNotExist();
        assertThat(other.resolve("file")).hasContent("kept");
    }

    @Test
    @Tag("claim-I2")
    void linksAreDeleted_andNotWhatTheyLeadTo() throws IOException {
        Files.createSymbolicLink(root.resolve("link"), other);
        Files.createSymbolicLink(root.resolve("self"), root);
        Files.createLink(root.resolve("hard"), other.resolve("file"));
        Files.createDirectories(root.resolve("a/b/c/d"));
        Files.createSymbolicLink(root.resolve("a/b/link"), other);
        Files.createSymbolicLink(root.resolve("a/b/c/d/up"), Path.of("../../../../../other"));
        assertDeleted();
        Files.createSymbolicLink(root, other);
        Deletion.of(root);
        assertThat(root).doesNotExist();
        Deletion.of(root);
        assertThat(other.resolve("file")).hasContent("kept");
    }

    /// Root enters them anyway.
    @Test
    void directoriesThatTheirOwnerMayNotEnter_areDeleted() throws IOException {
        Files.createDirectories(root.resolve("a/b/c"));
        Files.writeString(root.resolve("a/b/c/file"), "");
        for (var closed : List.of("a/b/c", "a/b", "a", "")) {
            Files.setPosixFilePermissions(root.resolve(closed), PosixFilePermissions.fromString("---------"));
        }
        assertDeleted();
    }

    /// The whole path has 200,000 bytes; the kernel takes 4,095.
    @Test
    void directoriesBeyondAnyPath_areDeleted() throws Exception {
        var script = "for (1..1000) { mkdir 'd' x 200 or die; chdir 'd' x 200 or die } symlink '" + other + "', 'l'";
        var program = new ProcessBuilder("perl", "-e", script).directory(root.toFile());
        assertThat(program.start().waitFor()).isZero();
        assertDeleted();
    }
}
