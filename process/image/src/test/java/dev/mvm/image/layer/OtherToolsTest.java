package dev.mvm.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.image.ImageException;
import dev.mvm.image.Limits;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Layers that GNU tar has made, and results that GNU tar and mkfs.erofs read.
final class OtherToolsTest {
    @TempDir
    private Path folder;

    private Path source;

    @BeforeEach
    void makeSource() throws IOException {
        source = Files.createDirectories(folder.resolve("source"));
        Files.createDirectories(source.resolve("sub/deep"));
        Files.writeString(source.resolve("sub/small"), "small");
        Files.writeString(source.resolve("sub/caf\u00e9"), "name");
        Files.write(source.resolve("large"), new byte[200_000]);
        Files.createLink(source.resolve("same"), source.resolve("sub/small"));
        Files.createSymbolicLink(source.resolve("link"), Path.of("sub/deep"));
        try (var sparse = new RandomAccessFile(source.resolve("sparse").toFile(), "rw")) {
            for (int i = 0; i < 40; i++) {
                sparse.seek(i * 65_536L + 4_096);
                sparse.write(("part " + i).getBytes(UTF_8));
            }
            sparse.setLength(4 << 20);
        }
    }

    private Path flattened(String name, Path layer) throws ImageException, IOException {
        var out = folder.resolve(name);
        try (var merged = Flattener.merge(List.of(layer), Limits.STANDARD, folder)) {
            merged.write(Flat.CONFIG, out);
        }
        return out;
    }

    /// All formats of GNU tar give the same image, and GNU tar reads what was written.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--format=gnu --sparse",
                "--format=gnu",
                "--format=ustar",
                "--format=v7",
                "--format=pax --sparse --sparse-version=0.0",
                "--format=pax --sparse --sparse-version=0.1",
                "--format=pax --sparse --sparse-version=1.0",
            })
    void layersOfGnuTar_becomeTheSameTree(String format) throws Exception {
        Programs.run(folder, ("tar -C source --mtime=@1700000000 " + format + " -cf layer .").split(" ", -1));
        var out = flattened("out", folder.resolve("layer"));
        Programs.run(folder, "mkdir", "result");
        Programs.run(folder, "tar", "-C", "result", "-xpf", out.toString());
        Programs.run(folder, "rm", "-r", "result/.mvm");
        Programs.run(folder, "diff", "-r", "--no-dereference", "source", "result");
        assertThat(Files.isSameFile(folder.resolve("result/same"), folder.resolve("result/sub/small")))
                .isTrue();
    }

    @Test
    @Tag("claim-I3")
    void theSameTreeInTwoFormats_hasTheSameBytes() throws Exception {
        Programs.run(folder, "tar", "-C", "source", "--mtime=@1700000000", "--format=gnu", "-cf", "gnu", ".");
        Programs.run(
                folder,
                "tar",
                "-C",
                "source",
                "--mtime=@1700000000",
                "--sort=name",
                "--format=pax",
                "-czf",
                "pax",
                ".");
        assertThat(flattened("one", folder.resolve("gnu")))
                .hasSameBinaryContentAs(flattened("two", folder.resolve("pax")));
    }

    @Test
    void mkfsErofs_makesTheSameTree() throws Exception {
        Programs.run(folder, "tar", "-C", "source", "-cf", "layer", ".");
        var out = flattened("out", folder.resolve("layer"));
        var first = erofs("first.img", out);
        assertThat(first).hasSameBinaryContentAs(erofs("second.img", out));
        Programs.run(folder, "fsck.erofs", "--extract=result", first.toString());
        Programs.run(folder, "rm", "-r", "result/.mvm");
        Programs.run(folder, "diff", "-r", "--no-dereference", "source", "result");
    }

    /// Merged /usr, owners above 2^31, nanoseconds, capabilities, a long name, pipes and the importer's file.
    @Test
    void mkfsErofs_keepsAllThatTheTableKeeps() throws Exception {
        var capability = "\1\0\0\2\u0080\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        var acl =
                "\2\0\0\0\1\0\7\0\u00ff\u00ff\u00ff\u00ff\4\0\5\0\u00ff\u00ff\u00ff\u00ff\40\0\5\0\u00ff\u00ff\u00ff\u00ff";
        var layer = new TarBytes()
                .with(01755, 7, 8, 9)
                .folder("./")
                .symlink("bin", "usr/bin")
                .pax("uid", "4000000000")
                .pax("mtime", "1700000000.123456789")
                .xattr("security.capability", capability)
                .xattr("system.posix_acl_access", acl)
                .xattr("user.note", "\u00ff\0=\n")
                .with(06755, 1, 5, 0)
                .file("bin/tool", "x")
                .hardlink("other", "bin/tool")
                .pax("path", "d/".repeat(120) + "f")
                .file("f", "deep")
                .fifo("run/pipe")
                .in(folder, "layer");
        var image = erofs("image", flattened("out", layer));
        Programs.run(
                folder, "fsck.erofs", "--extract=result", "--no-preserve-owner", "--preserve-perms", image.toString());
        assertThat(Programs.run(folder, "stat", "-c", "%a", "result/usr/bin/tool", "result"))
                .isEqualTo("6755\n1755\n");
        assertThat(dump(image, "/usr/bin/tool"))
                .contains("Uid: 4000000000", "Gid: 5", "Links: 2", "Xattr size:")
                .contains("2023-11-14 22:13:20.123456789");
        assertThat(dump(image, "/")).contains("Uid: 7", "Gid: 8");
        assertThat(dump(image, "/.mvm/config")).contains("Uid: 0", "Access: 0444", "Size: 2 ");
        assertThat(dump(image, "/run/pipe")).contains("FIFO file");
        assertThat(dump(image, "/" + "d/".repeat(120) + "f")).contains("Size: 4 ");
        var bytes = new String(Files.readAllBytes(image), ISO_8859_1);
        assertThat(bytes).contains(capability, acl, "\u00ff\0=\n");
    }

    private Path erofs(String name, Path tar) throws Exception {
        var image = folder.resolve(name);
        Programs.run(
                folder,
                "mkfs.erofs",
                "--quiet",
                "-T0",
                "--mkfs-time",
                "-U",
                "00000000-0000-0000-0000-000000000001",
                "--tar=f",
                image.toString(),
                tar.toString());
        return image;
    }

    private String dump(Path image, String path) throws Exception {
        return Programs.run(folder, "env", "TZ=UTC", "dump.erofs", "--path=" + path, image.toString());
    }
}
