package dev.mvm.image.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mvm.image.ImageException;
import dev.mvm.image.Limits;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A folder of this machine as an image.
final class TreeTest {
    @TempDir
    private Path folder;

    @TempDir
    private Path scratch;

    private Flat flat;

    @BeforeEach
    void prepare() {
        flat = new Flat(scratch);
    }

    private Flat.Result read(boolean keepOwners) throws ImageException, IOException {
        var owners = keepOwners ? Optional.of(Owners.of(folder, Limits.STANDARD)) : Optional.<Owners>empty();
        try (var merged = Tree.read(folder, owners, Limits.STANDARD, scratch)) {
            assertThat(merged.layerDigests()).isEmpty();
            return flat.written(merged);
        }
    }

    private String refusal() {
        return catchThrowableOfType(ImageException.class, () -> read(false)).code();
    }

    @Test
    void filesFoldersAndLinks_areTaken_andLinksOutAreNotFollowed() throws Exception {
        Files.createDirectories(folder.resolve("b/c"));
        Files.writeString(folder.resolve("b/file"), "1");
        Files.createLink(folder.resolve("also"), folder.resolve("b/file"));
        Files.createSymbolicLink(folder.resolve("out"), Path.of("/etc"));
        Files.createSymbolicLink(folder.resolve("gone"), Path.of("b/./nowhere"));
        Files.writeString(folder.resolve(".wh.name"), "no whiteout");
        Programs.run(folder, "mkfifo", "pipe");
        assertThat(read(false).lines())
                .containsExactly(
                        ".wh.name no whiteout",
                        "also 1",
                        "b/",
                        "b/c/",
                        "b/file = also",
                        "gone -> b/./nowhere",
                        "out -> /etc",
                        "pipe |");
    }

    @Test
    void everyFileBelongsToRoot_unlessOwnersAreKept() throws Exception {
        var file = Files.writeString(folder.resolve("f"), "1");
        var own = (int) Files.getAttribute(file, "unix:uid");
        assertThat(read(false).attributes("f").uid()).isZero();
        assertThat(read(true).attributes("f").uid()).isEqualTo(own);
        if (own == 0) {
            Programs.run(folder, "chown", "4000000000:7", "f");
            assertThat(read(false).attributes("f").uid()).isZero();
            assertThat(read(true).attributes("f").uid()).isEqualTo(4_000_000_000L);
            assertThat(read(true).attributes("f").gid()).isEqualTo(7);
        }
    }

    @Test
    void owners_areThoseOfTheFile_alsoWrittenAndReadAgain() throws Exception {
        Files.createDirectories(folder.resolve("a/b"));
        Files.createSymbolicLink(folder.resolve("a/b/link"), Path.of("/root"));
        var file = scratch.resolve("owners");
        var owners = Owners.of(folder, Limits.STANDARD);
        owners.write(file);
        var again = Owners.read(file);
        for (var path : List.of(folder, folder.resolve("a/b"), folder.resolve("a/b/link"))) {
            var stat = Stat.of(path);
            assertThat(again.find(stat)).hasValue(new Owners.Owner(stat.uid(), stat.gid()));
        }
        assertThat(file).content().hasLineCount(4);
        var few = new Limits(1, 2, 1 << 20, 200, 1 << 20, 1 << 20);
        assertThat(catchThrowableOfType(ImageException.class, () -> Owners.of(folder, few))
                        .code())
                .isEqualTo("too_many_entries");
        assertThat(catchThrowableOfType(ImageException.class, () -> Owners.of(folder.resolve("no"), few))
                        .code())
                .isEqualTo("read_failed");
    }

    /// Its owner is not known.
    @Test
    void aFileThatCameAfterOwnersWereRead_isRefused() throws Exception {
        var owners = Owners.of(folder, Limits.STANDARD);
        Files.writeString(folder.resolve("new"), "1");
        assertThat(catchThrowableOfType(
                                ImageException.class,
                                () -> Tree.read(folder, Optional.of(owners), Limits.STANDARD, scratch))
                        .code())
                .isEqualTo("tree_changed");
    }

    @Test
    void modesAndTimes_areKept() throws Exception {
        var file = Files.writeString(folder.resolve("f"), "1");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-x---"));
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2020-01-01T00:00:00.5Z")));
        Files.setLastModifiedTime(folder, FileTime.from(Instant.parse("2021-01-01T00:00:00Z")));
        var result = read(false);
        assertThat(result.attributes("f"))
                .isEqualTo(Attributes.of(0750, 0, 0, ImageTime.of(1_577_836_800, 500_000_000), Map.of()));
        assertThat(result.attributes("").mtime()).isEqualTo(ImageTime.of(1_609_459_200, 0));
    }

    @Test
    void userAttributes_areKept_andThoseOfOverlaysDropped() throws Exception {
        var file = Files.writeString(folder.resolve("f"), "1");
        var view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        view.write("note", ByteBuffer.wrap("a\0b".getBytes(UTF_8)));
        view.write("overlay.opaque", ByteBuffer.wrap("y".getBytes(UTF_8)));
        var result = read(false);
        assertThat(result.attributes("f").extended()).containsExactly(Map.entry("user.note", "a\0b"));
        assertThat(result.flattened().dropped()).containsExactly(Map.entry("xattr_overlay", 1));
    }

    @Test
    void sockets_areDroppedAndCounted() throws Exception {
        try (var socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(folder.resolve("socket")));
            assertThat(read(false).flattened().dropped()).containsExactly(Map.entry("socket", 1));
        }
    }

    @Test
    void theSameTree_hasTheSameBytes() throws Exception {
        Files.createDirectories(folder.resolve("a/b"));
        Files.writeString(folder.resolve("a/b/c"), "1");
        assertThat(read(false).tar()).isEqualTo(read(false).tar());
    }

    @Test
    void files_areFoundInIt() throws Exception {
        Files.createDirectories(folder.resolve("usr/etc"));
        Files.createSymbolicLink(folder.resolve("etc"), Path.of("/usr/etc"));
        Files.writeString(folder.resolve("etc-outside"), "no");
        Files.writeString(folder.resolve("usr/etc/passwd"), "root:x:0:0::/:/bin/sh\n");
        try (var merged = Tree.read(folder, Optional.empty(), Limits.STANDARD, scratch)) {
            assertThat(merged.file("etc/passwd", 100)).hasValue("root:x:0:0::/:/bin/sh\n".getBytes(UTF_8));
        }
    }

    @Test
    void mvmsFolder_isRefused() throws Exception {
        Files.createDirectories(folder.resolve(".mvm"));
        assertThat(refusal()).isEqualTo("mvm_folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"proc", "sys", "dev", "run", "run/mvm", "etc", "tmp"})
    void whereAGuestMounts_onlyADirectoryIsTaken(String place) throws Exception {
        var path = folder.resolve(place);
        Files.createDirectories(path);
        demandMountPoints();
        Files.delete(path);
        demandMountPoints();
        Files.createSymbolicLink(path, Path.of("/etc"));
        assertBad(path);
        Files.writeString(path, "");
        assertBad(path);
        Programs.run(folder, "mkfifo", place);
        assertBad(path);
    }

    private void demandMountPoints() throws ImageException, IOException {
        try (var merged = Tree.read(folder, Optional.empty(), Limits.STANDARD, scratch)) {
            merged.demandMountPoints();
        }
    }

    private void assertBad(Path path) throws IOException {
        assertThat(catchThrowableOfType(ImageException.class, this::demandMountPoints)
                        .code())
                .isEqualTo("mount_point_bad");
        Files.delete(path);
    }

    @Test
    void moreThanAllowed_isRefused() throws Exception {
        Files.writeString(folder.resolve("a"), "x".repeat(2_000));
        Files.writeString(folder.resolve("b"), "x");
        var few = new Limits(1, 1, 1 << 20, 200, 1 << 20, 1 << 20);
        var small = new Limits(1, 9, 1_999, 200, 1 << 20, 1 << 20);
        assertThat(catchThrowableOfType(ImageException.class, () -> Tree.read(folder, Optional.empty(), few, scratch))
                        .code())
                .isEqualTo("too_many_entries");
        assertThat(catchThrowableOfType(ImageException.class, () -> Tree.read(folder, Optional.empty(), small, scratch))
                        .code())
                .isEqualTo("image_too_large");
    }
}
