package dev.mvm.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.image.ImageException;
import dev.mvm.image.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Layers that attack: each is refused with its own reason, and leaves nothing behind.
final class HostileLayerTest {
    @TempDir
    private Path folder;

    @TempDir
    private Path outside;

    private Flat flat;

    @BeforeEach
    void prepare() {
        flat = new Flat(folder);
    }

    /// Files of the test's own, layers and results, have names that begin with these.
    @AfterEach
    void nothingIsLeftBehind() throws IOException {
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .allMatch(name -> name.startsWith("layer-") || name.startsWith("out-"));
        }
        try (var files = Files.list(outside)) {
            assertThat(files).isEmpty();
        }
    }

    private static TarBytes tar() {
        return new TarBytes();
    }

    private static Limits limits(int layers, int entries, long bytes, long names) {
        return new Limits(layers, entries, bytes, 200, 64L << 20, names);
    }

    @Test
    @Tag("claim-I1")
    void pathsWithDotDot_areRefused() {
        for (var name : List.of("../x", "a/../../x", "/..", "a/..", "./../x")) {
            assertThat(flat.refusal(tar().file(name, ""))).isEqualTo("path_outside");
            assertThat(flat.refusal(tar().file("f", "").hardlink("l", name))).isEqualTo("path_outside");
            assertThat(flat.refusal(tar().pax("path", name).file("f", ""))).isEqualTo("path_outside");
        }
    }

    /// The link leads to a folder of this machine, but the file goes to the same path of the image.
    @Test
    @Tag("claim-I1")
    void filesBelowALinkOut_stayInTheImage() throws ImageException, IOException {
        var up = "../".repeat(10) + outside;
        var layer = tar().symlink("l", outside.toString())
                .file("l/x", "1")
                .symlink("m", up)
                .file("m/y", "2");
        var inside = outside.toString().substring(1);
        assertThat(flat.of(layer).lines()).contains(inside + "/x 1", inside + "/y 2");
    }

    @Test
    @Tag("claim-I1")
    void hardLinksToWhatIsNoFile_areRefused() {
        assertThat(flat.refusal(tar().hardlink("l", "/etc/passwd"))).isEqualTo("link_bad");
        assertThat(flat.refusal(tar().folder("d").hardlink("l", "d"))).isEqualTo("link_bad");
        assertThat(flat.refusal(tar().hardlink("l", "/"))).isEqualTo("link_bad");
        assertThat(flat.refusal(tar().hardlink("l", "l"))).isEqualTo("link_bad");
        assertThat(flat.refusal(tar().file("a", ""), tar().file(".wh.a", "").hardlink("b", "a")))
                .isEqualTo("link_bad");
    }

    @Test
    @Tag("claim-I1")
    void linksInACircle_areRefused() {
        assertThat(flat.refusal(tar().symlink("a", "b").symlink("b", "a").file("a/x", "")))
                .isEqualTo("link_circle");
        assertThat(flat.refusal(tar().symlink("a", "a"), tar().file("a/.wh.x", "")))
                .isEqualTo("link_circle");
    }

    @Test
    @Tag("claim-I1")
    void pathsThroughAFile_areRefused() {
        assertThat(flat.refusal(tar().file("a", "").file("a/b", ""))).isEqualTo("path_through_file");
        assertThat(flat.refusal(tar().file("a", "").symlink("l", "a/").file("l/b/c", "")))
                .isEqualTo("path_through_file");
        assertThat(flat.refusal(tar().device('3', "a", 1, 3).file("a/b", ""))).isEqualTo("path_through_file");
    }

    @Test
    void aRootThatIsNoFolder_isRefused() {
        for (var name : List.of("", "/", "./", ".")) {
            assertThat(flat.refusal(tar().entry('2', name, "x", ""))).isEqualTo("path_bad");
            assertThat(flat.refusal(tar().file("f", "").hardlink(name, "f"))).isEqualTo("path_bad");
        }
        assertThat(flat.refusal(tar().file("", "content"))).isEqualTo("path_bad");
    }

    @Test
    void namesThatLinuxDoesNotTake_areRefused() {
        assertThat(flat.refusal(tar().pax("path", "n".repeat(256)).file("f", "")))
                .isEqualTo("path_bad");
        assertThat(flat.refusal(tar().pax("path", "a\0b").file("f", ""))).isEqualTo("path_bad");
        assertThat(flat.refusal(tar().pax("path", "d/".repeat(2_047) + "xx").file("f", "")))
                .isEqualTo("path_bad");
        assertThat(flat.refusal(tar().symlink("l", ""))).isEqualTo("path_bad");
        assertThat(flat.refusal(tar().pax("linkpath", "t".repeat(4_096)).symlink("l", "")))
                .isEqualTo("path_bad");
    }

    /// Each path is short; the folder that it leads to is deep.
    @Test
    void depthByLinks_isRefused() {
        var layer = tar().folder("d");
        for (int i = 0; i < 30; i++) {
            layer.pax("linkpath", (i == 0 ? "d" : "l" + (i - 1)) + "/" + "x".repeat(200))
                    .symlink("l" + i, "")
                    .folder("l" + i + "/y");
        }
        assertThat(flat.refusal(layer)).isEqualTo("path_bad");
    }

    @Test
    void whiteoutsThatAreMalformed_areRefused() {
        for (var name : List.of(".wh.", ".wh..", ".wh...", "a/.wh.", ".wh.a/b")) {
            assertThat(flat.refusal(tar().file(name, ""))).as(name).isEqualTo("whiteout_bad");
        }
        assertThat(flat.refusal(tar().folder(".wh.a"))).isEqualTo("whiteout_bad");
    }

    @Test
    @Tag("claim-I1")
    void whiteoutsOfAnOverlay_areRefused() {
        assertThat(flat.refusal(tar().device('3', "a", 0, 0))).isEqualTo("overlay_whiteout");
    }

    @Test
    @Tag("claim-I1")
    void imagesWithMvmsFolder_areRefused() throws ImageException, IOException {
        assertThat(flat.refusal(tar().file(".mvm/config", "{}"))).isEqualTo("mvm_folder");
        assertThat(flat.refusal(tar().symlink("./.mvm", "tmp"))).isEqualTo("mvm_folder");
        assertThat(flat.refusal(tar().symlink("l", "/").file("l/.mvm/x", ""))).isEqualTo("mvm_folder");
        assertThat(flat.of(tar().file(".mvm/config", "{}"), tar().file(".wh..mvm", ""))
                        .lines())
                .isEmpty();
    }

    @Test
    @Tag("claim-I1")
    void moreLayersThanAllowed_areRefused() throws ImageException, IOException {
        var empty = tar().bytes();
        assertThat(flat.of(Collections.nCopies(127, empty)).lines()).isEmpty();
        assertThat(flat.refusalOf(Collections.nCopies(128, empty))).isEqualTo("too_many_layers");
    }

    @Test
    @Tag("claim-I1")
    void moreEntriesThanAllowed_areRefused_alsoThoseOfSeveralLayersAndOfPathsAlone() {
        flat.within(limits(127, 10, 1 << 20, 1 << 20));
        var six = tar().file("a", "")
                .file("a", "")
                .file(".wh.b", "")
                .file("c", "")
                .file("d", "")
                .file("e", "");
        assertThat(flat.refusal(six, six)).isEqualTo("too_many_entries");
        assertThat(flat.refusal(tar().file("1/2/3/4/5/6/7/8/9/10/11", ""))).isEqualTo("too_many_entries");
    }

    @Test
    @Tag("claim-I1")
    void moreBytesThanAllowed_areRefused_alsoThoseThatALaterLayerHides() {
        flat.within(limits(127, 100, 10_000, 1 << 20));
        var layer = tar().file("a", "x".repeat(4_000));
        assertThat(flat.refusal(layer, layer)).isEqualTo("image_too_large");
    }

    @Test
    @Tag("claim-I1")
    void moreNamesThanFitInMemory_areRefused() {
        flat.within(limits(127, 100, 1 << 20, 1_000));
        assertThat(flat.refusal(
                        tar().xattr("user.a", "v".repeat(900)).file("f", "").file("g".repeat(95), "")))
                .isEqualTo("names_too_large");
    }

    @Test
    @Tag("claim-I1")
    void aBomb_isRefused() throws IOException {
        var zeros = "\0".repeat(1 << 20);
        var layer = tar();
        for (int i = 0; i < 70; i++) {
            layer.file("f" + i, zeros);
        }
        var packed = TarBytes.gzip(layer.bytes());
        assertThat((long) packed.length * 200).isLessThan(70L << 20);
        assertThat(flat.refusalOf(List.of(packed))).isEqualTo("ratio_too_high");
    }

    /// Below 64 MiB the ratio is not looked at: an empty database file is small in any case.
    @Test
    void aSmallFileOfZeros_isNoBomb() throws ImageException, IOException {
        var packed = TarBytes.gzip(tar().file("f", "\0".repeat(8 << 20)).bytes());
        assertThat(flat.of(List.of(packed)).flattened().bytes()).isEqualTo((8 << 20) + 2);
    }

    @Test
    @Tag("claim-I1")
    void aSparseFileOf10GiB_isRefused_beforeItIsWritten() {
        var layer = tar().pax("GNU.sparse.size", Long.toString(10L << 30))
                .pax("GNU.sparse.map", "0,1")
                .file("f", "x");
        assertThat(flat.refusal(layer)).isEqualTo("ratio_too_high");
        var larger = tar().pax("GNU.sparse.size", Long.toString(17L << 30))
                .pax("GNU.sparse.map", "0,1")
                .file("f", "x");
        assertThat(flat.refusal(larger)).isEqualTo("image_too_large");
    }

    @Test
    @Tag("claim-I1")
    void sparseMapsThatAreMalformed_areRefused() {
        for (var map : List.of("5,1,3,1", "0,9", "9223372036854775807,1", "0,1,", "0", "x,1", "-1,2", "0,2", "11,1")) {
            assertThat(flat.refusal(tar().pax("GNU.sparse.size", "10")
                            .pax("GNU.sparse.map", map)
                            .file("f", "x")))
                    .as(map)
                    .isEqualTo("layer_malformed");
        }
        for (var map : List.of("1\n0\n", "99999999\n", "x\n", "1\n0\n2\n", "")) {
            assertThat(flat.refusal(tar().pax("GNU.sparse.major", "1")
                            .pax("GNU.sparse.realsize", "10")
                            .file("f", map + "\0".repeat(512 - map.length()) + "x")))
                    .as(map)
                    .isEqualTo("layer_malformed");
        }
    }

    @Test
    @Tag("claim-I1")
    void headersThatAreMalformed_areRefused() {
        var wrongSum = tar().header('0', "f", "", 0);
        TarBytes.put(TarBytes.sealed(wrongSum), 0, "g");
        assertThat(flat.refusal(tar().raw(wrongSum, ""))).isEqualTo("layer_malformed");
        var noNumber = tar().header('0', "f", "", 0);
        TarBytes.put(noNumber, 124, "12x");
        assertThat(flat.refusal(tar().raw(TarBytes.sealed(noNumber), ""))).isEqualTo("layer_malformed");
        var huge = tar().header('0', "f", "", 0);
        TarBytes.put(huge, 124, "\u0080" + "\u00ff".repeat(11));
        assertThat(flat.refusal(tar().raw(TarBytes.sealed(huge), ""))).isEqualTo("layer_malformed");
        var negative = tar().header('0', "f", "", 0);
        TarBytes.put(negative, 124, "\u00ff".repeat(12));
        assertThat(flat.refusal(tar().raw(TarBytes.sealed(negative), ""))).isEqualTo("layer_malformed");
        for (char type : "ABDMNVXZ8\u00ff".toCharArray()) {
            assertThat(flat.refusal(tar().entry(type, "f", "", "")))
                    .as(String.valueOf(type))
                    .isEqualTo("layer_malformed");
        }
    }

    @Test
    @Tag("claim-I1")
    void extensionHeadersThatAreMalformed_areRefused() {
        for (var records : List.of(
                "5 a=b\n", "7 a=b\n", "6 a=bx", "a=b\n", "-6 a=b\n", "99999999999 a=b\n", "5 =b\n", "0 a=b\n")) {
            assertThat(flat.refusal(tar().entry('x', "x", "", records).file("f", "")))
                    .as(records)
                    .isEqualTo("layer_malformed");
        }
        for (var number : List.of("-1", "x", "1.5", "9".repeat(19))) {
            assertThat(flat.refusal(tar().pax("size", number).file("f", ""))).isEqualTo("layer_malformed");
            assertThat(flat.refusal(tar().pax("uid", number).file("f", ""))).isEqualTo("layer_malformed");
        }
        assertThat(flat.refusal(tar().pax("mtime", "soon").file("f", ""))).isEqualTo("layer_malformed");
        assertThat(flat.refusal(tar().saying(2 << 20).entry('x', "x", "", ""))).isEqualTo("layer_malformed");
        assertThat(flat.refusal(tar().xattr("user.a", "v".repeat(70_000)).file("f", "")))
                .isEqualTo("layer_malformed");
        for (var name : List.of("user.a\0b", "user." + "a".repeat(251), "trusted." + "a".repeat(60_000))) {
            assertThat(flat.refusal(tar().xattr(name, "v").file("f", "")))
                    .as(name)
                    .isEqualTo("layer_malformed");
        }
        for (var list : List.of("user:rwx", "user::rwz", "owner::rwx", "user::rwx:1:2", "user::rwxx")) {
            assertThat(flat.refusal(tar().pax("SCHILY.acl.access", list).file("f", "")))
                    .as(list)
                    .isEqualTo("layer_malformed");
        }
    }

    /// Two tools would read two different layers.
    @Test
    @Tag("claim-I1")
    void whatToolsReadDifferently_isRefused() {
        assertThat(flat.refusal(tar().global("10 path=x\n").file("f", ""))).isEqualTo("layer_malformed");
        assertThat(flat.refusal(
                        tar().entry('L', "l", "", "long").pax("path", "other").file("f", "")))
                .isEqualTo("layer_malformed");
        assertThat(flat.refusal(
                        tar().entry('L', "l", "", "a").entry('L', "l", "", "b").file("f", "")))
                .isEqualTo("layer_malformed");
        assertThat(flat.refusal(tar().raw(new byte[512], "").file("f", ""))).isEqualTo("layer_malformed");
        var hidden = new String(TarBytes.sealed(tar().header('0', "f", "", 0)), ISO_8859_1);
        assertThat(flat.refusal(tar().entry('0', "d/", "", hidden))).isEqualTo("layer_malformed");
        assertThat(flat.refusal(tar().pax("size", "512").entry('\0', "d/", "", "")))
                .isEqualTo("layer_malformed");
    }

    @Test
    void ownersOutOfRange_areRefused() {
        assertThat(flat.refusal(tar().pax("uid", "4294967295").file("f", ""))).isEqualTo("owner_bad");
        var negative = tar().header('0', "f", "", 0);
        TarBytes.put(negative, 116, "\u00ff".repeat(8));
        assertThat(flat.refusal(tar().raw(TarBytes.sealed(negative), ""))).isEqualTo("owner_bad");
    }

    @Test
    @Tag("claim-I1")
    void layersThatAreCut_areRefused() throws IOException {
        var whole = tar().file("a", "x".repeat(1_000)).bytes();
        for (int length : List.of(1, 511, 513, 700, 1_535)) {
            assertThat(flat.refusalOf(List.of(Arrays.copyOf(whole, length))))
                    .as("%d bytes", length)
                    .isEqualTo("layer_truncated");
        }
        assertThat(flat.refusalOf(List.of(tar().entry('x', "x", "", "6 a=b\n").unfinished())))
                .isEqualTo("layer_truncated");
        var packed = TarBytes.gzip(whole);
        for (int length = 2; length < packed.length; length++) {
            assertThat(flat.refusalOf(List.of(Arrays.copyOf(packed, length))))
                    .as("%d bytes", length)
                    .isEqualTo("layer_damaged");
        }
    }

    @Test
    @Tag("claim-I1")
    void damagedGzip_isRefused() throws IOException {
        var random = new byte[10_000];
        new Random(1).nextBytes(random);
        var packed =
                TarBytes.gzip(tar().file("a", new String(random, ISO_8859_1)).bytes());
        packed[packed.length / 2] ^= 1;
        assertThat(flat.refusalOf(List.of(packed))).isEqualTo("layer_damaged");
    }

    @Test
    void whatIsNoTar_isRefused() {
        assertThat(flat.refusalOf(List.of("{\"schemaVersion\":2}".repeat(100).getBytes(ISO_8859_1))))
                .isEqualTo("layer_malformed");
        var zstd = new byte[1024];
        TarBytes.put(zstd, 0, "(\u00b5/\u00fd");
        assertThat(flat.refusalOf(List.of(zstd))).isEqualTo("layer_zstd");
    }

    /// Names of an image are shown in messages: without what a terminal would obey.
    @Test
    void messages_haveNoControlBytesOfTheImage() {
        assertThat(flat.refusal(tar().file("../\u001b[2Jx\n\u009b", ""))).isEqualTo("path_outside");
    }

    @Test
    void manyEntriesInManyLayers_areOneTree() throws ImageException, IOException {
        var layers = new ArrayList<byte[]>();
        for (int i = 0; i < 50; i++) {
            var layer = tar();
            for (int j = 0; j < 100; j++) {
                layer.file("d" + j + "/f" + i, "x");
            }
            layers.add(layer.bytes());
        }
        assertThat(flat.of(layers).paths()).hasSize(1 + 100 + 5_000);
    }
}
