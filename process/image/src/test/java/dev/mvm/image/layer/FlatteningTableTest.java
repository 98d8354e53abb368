package dev.mvm.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mvm.image.ImageException;
import dev.mvm.image.Limits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The rules of flattening, a test each.
final class FlatteningTableTest {
    @TempDir
    private Path folder;

    private Flat flat;

    @BeforeEach
    void prepare() {
        flat = new Flat(folder);
    }

    /// Returns bytes, one character each.
    private static String bytes(String hex) {
        return new String(HexFormat.of().parseHex(hex.replace(" ", "")), ISO_8859_1);
    }

    private static TarBytes tar() {
        return new TarBytes();
    }

    /// Merged /usr: `bin` is a link of the lower layer.
    @Test
    void parentsThatAreLinksOfALowerLayer_areFollowed() throws Exception {
        var lower = tar().folder("usr").folder("usr/bin").symlink("bin", "usr/bin");
        assertThat(flat.of(lower, tar().file("bin/sh", "x")).lines())
                .containsExactly("bin -> usr/bin", "usr/", "usr/bin/", "usr/bin/sh x");
    }

    @Test
    void parentsThatAreLinksOfTheSameLayer_areFollowed() throws Exception {
        assertThat(flat.of(tar().symlink("bin", "usr/bin").file("bin/sh", "x")).lines())
                .containsExactly("bin -> usr/bin", "usr/", "usr/bin/", "usr/bin/sh x");
    }

    @Test
    void absoluteLinksAndThoseAboveTheRoot_areFollowedInsideTheRoot() throws Exception {
        var layer = tar().folder("etc")
                .folder("a")
                .symlink("a/out", "../../../../etc")
                .symlink("a/abs", "/etc/./")
                .file("a/out/one", "1")
                .file("a/abs/two", "2");
        assertThat(flat.of(layer).lines())
                .containsExactly(
                        "a/", "a/abs -> /etc/./", "a/out -> ../../../../etc", "etc/", "etc/one 1", "etc/two 2");
    }

    @Test
    void aLinkIsResolvedWhereItLeads_notWhereItStands() throws Exception {
        var layer = tar().folder("x")
                .folder("x/y")
                .symlink("l", "x/y")
                .file("x/f", "f")
                .symlink("m", "l/../g");
        assertThat(flat.of(layer, tar().file("m/h", "h")).lines()).contains("x/g/h h");
    }

    @Test
    void aWhiteout_removesWhatIsBelow() throws Exception {
        var lower = tar().file("a", "1").folder("d").file("d/e", "2").file("keep", "3");
        assertThat(flat.of(lower, tar().file(".wh.a", "").file(".wh.d", "")).lines())
                .containsExactly("keep 3");
    }

    @Test
    void aWhiteout_leavesItsOwnLayersFile_whereverItStands() throws Exception {
        var lower = tar().file("a", "old").folder("d").file("d/old", "1");
        var first = tar().file(".wh.a", "").file(".wh.d", "").file("a", "new").file("d/new", "2");
        var last = tar().file("a", "new").file("d/new", "2").file(".wh.a", "").file(".wh.d", "");
        assertThat(flat.of(lower, first).lines()).containsExactly("a new", "d/", "d/new 2");
        assertThat(flat.of(lower, last).lines()).containsExactly("a new", "d/", "d/new 2");
    }

    @Test
    void anOpaqueWhiteout_removesAllBelowItsFolder_whereverItStands() throws Exception {
        var lower = tar().with(0700, 5, 6, 7)
                .folder("d")
                .file("d/old", "1")
                .folder("d/e")
                .file("d/e/f", "2");
        var first = tar().file("d/.wh..wh..opq", "").file("d/new", "3");
        var last = tar().file("d/new", "3").file("d/.wh..wh..opq", "");
        assertThat(flat.of(lower, first).lines()).containsExactly("d/", "d/new 3");
        assertThat(flat.of(lower, last).lines()).containsExactly("d/", "d/new 3");
        assertThat(flat.of(lower, last).attributes("d").mode()).isEqualTo(0700);
    }

    @Test
    void anOpaqueRoot_removesAllBelow() throws Exception {
        assertThat(flat.of(tar().file("a", "1"), tar().file(".wh..wh..opq", "").file("b", "2"))
                        .lines())
                .containsExactly("b 2");
    }

    @Test
    void aWhiteoutOfWhatIsNotThere_changesNothing() throws Exception {
        assertThat(flat.of(tar().file("f", "1"), tar().file("x/y/.wh.z", "").file("f/.wh.z", ""))
                        .lines())
                .containsExactly("f 1");
    }

    @Test
    void aWhiteoutBelowALink_isFollowed() throws Exception {
        var lower =
                tar().folder("usr").folder("usr/bin").file("usr/bin/sh", "1").symlink("bin", "usr/bin");
        assertThat(flat.of(lower, tar().file("bin/.wh.sh", "")).lines())
                .containsExactly("bin -> usr/bin", "usr/", "usr/bin/");
    }

    /// The layer replaces the link by a folder, so what the link led to is not below it.
    @Test
    void aWhiteoutBelowALinkThatItsLayerReplaces_removesNothing() throws Exception {
        var lower =
                tar().folder("usr").folder("usr/bin").file("usr/bin/sh", "1").symlink("bin", "usr/bin");
        var upper = tar().file("bin/.wh.sh", "")
                .file("bin/.wh..wh..opq", "")
                .folder("bin")
                .file("bin/x", "2");
        assertThat(flat.of(lower, upper).lines())
                .containsExactly("bin/", "bin/x 2", "usr/", "usr/bin/", "usr/bin/sh 1");
    }

    @Test
    void whiteoutsBelowALinkThatIsHiddenToo_removeNothing_inAnyOrder() throws Exception {
        var lower = tar().file("usr/bin/sh", "1").symlink("bin", "usr/bin");
        for (var upper : List.of(
                tar().file(".wh.bin", "").file("bin/.wh.sh", ""),
                tar().file("bin/.wh.sh", "").file(".wh.bin", ""))) {
            assertThat(flat.of(lower, upper).lines()).containsExactly("usr/", "usr/bin/", "usr/bin/sh 1");
        }
    }

    @Test
    void aFolderOverAFile_andTheReverse_replace() throws Exception {
        var lower = tar().file("a", "1").folder("b").file("b/c", "2").symlink("l", "b");
        var upper = tar().folder("a").file("a/x", "3").file("b", "4").folder("l");
        assertThat(flat.of(lower, upper).lines()).containsExactly("a/", "a/x 3", "b 4", "l/");
    }

    @Test
    void aFolderOverAFolder_keepsWhatIsInIt_andTakesTheNewAttributes() throws Exception {
        var result = flat.of(
                tar().with(0755, 1, 1, 1).folder("d").file("d/f", "1"),
                tar().with(0700, 2, 3, 4).folder("d"));
        assertThat(result.lines()).containsExactly("d/", "d/f 1");
        assertThat(result.attributes("d")).isEqualTo(Attributes.of(0700, 2, 3, ImageTime.of(4, 0), Map.of()));
    }

    @Test
    void aHardLinkIntoALowerLayer_isTheSameFile() throws Exception {
        assertThat(flat.of(tar().file("z", "1"), tar().hardlink("a", "./z")).lines())
                .containsExactly("a 1", "z = a");
    }

    @Test
    void aHardLinksOtherName_livesOnWhenOneIsReplacedOrRemoved() throws Exception {
        var lower = tar().file("a", "1").hardlink("b", "a").hardlink("c", "/a");
        assertThat(flat.of(lower, tar().file("a", "2")).lines()).containsExactly("a 2", "b 1", "c = b");
        assertThat(flat.of(lower, tar().file(".wh.a", "").file(".wh.b", "")).lines())
                .containsExactly("c 1");
    }

    @Test
    void aHardLinkToALink_isTheSameLink() throws Exception {
        assertThat(flat.of(tar().symlink("a", "nowhere").hardlink("b", "a")).lines())
                .containsExactly("a -> nowhere", "b = a");
    }

    @Test
    void ofDuplicates_theLastWins() throws Exception {
        var layer = tar().file("a", "1")
                .symlink("a", "x")
                .file("a", "2")
                .folder("b")
                .file("b/c", "3")
                .file("b", "4");
        assertThat(flat.of(layer).lines()).containsExactly("a 2", "b 4");
    }

    @Test
    void longNames_ofGnuAndPax_areRead() throws Exception {
        var name = "d".repeat(200) + "/" + "f".repeat(250);
        var target = "t".repeat(3_000);
        var gnu = tar().entry('L', "././@LongLink", "", name + "\0")
                .entry('K', "././@LongLink", "", target + "\0")
                .symlink("short", "short");
        var pax = tar().pax("path", name).pax("linkpath", target).symlink("short", "short");
        assertThat(flat.of(gnu).lines()).containsExactly("d".repeat(200) + "/", name + " -> " + target);
        assertThat(flat.of(pax).tar()).isEqualTo(flat.of(gnu).tar());
    }

    @Test
    void namesThatAreNotUtf8_keepTheirBytes() throws Exception {
        assertThat(flat.of(tar().file("caf\u00e9\u00ff", "1")).lines()).containsExactly("caf\u00e9\u00ff 1");
    }

    @Test
    void sparseFiles_ofAllFormats_haveTheirHoles() throws Exception {
        var content = "\0".repeat(512) + "abc" + "\0".repeat(600 - 515);
        var old = tar();
        var header = old.header('S', "f", "", 3);
        TarBytes.octal(header, 386, 12, 512);
        TarBytes.octal(header, 398, 12, 3);
        TarBytes.octal(header, 410, 12, 600);
        TarBytes.octal(header, 422, 12, 0);
        TarBytes.octal(header, 483, 12, 600);
        old.raw(TarBytes.sealed(header), "abc");
        var pax00 = tar().pax("GNU.sparse.size", "600")
                .pax("GNU.sparse.numblocks", "2")
                .pax("GNU.sparse.offset", "512")
                .pax("GNU.sparse.numbytes", "3")
                .pax("GNU.sparse.offset", "600")
                .pax("GNU.sparse.numbytes", "0")
                .file("f", "abc");
        var pax01 = tar().pax("GNU.sparse.name", "f")
                .pax("GNU.sparse.size", "600")
                .pax("GNU.sparse.map", "512,3,600,0")
                .file("GNUSparseFile.0/f", "abc");
        var map = "2\n512\n3\n600\n0\n";
        var pax10 = tar().pax("GNU.sparse.major", "1")
                .pax("GNU.sparse.minor", "0")
                .pax("GNU.sparse.name", "f")
                .pax("GNU.sparse.realsize", "600")
                .file("GNUSparseFile.0/f", map + "\0".repeat(512 - map.length()) + "abc");
        for (var layer : List.of(old, pax00, pax01, pax10)) {
            assertThat(flat.of(layer.file("g", "next")).lines()).containsExactly("f " + content, "g next");
        }
    }

    @Test
    void largeIds_areKept() throws Exception {
        var binary = tar();
        var header = binary.header('0', "f", "", 0);
        header[108] = (byte) 0x80;
        TarBytes.put(header, 109, bytes("000000ee6b2800"));
        binary.raw(TarBytes.sealed(header), "");
        assertThat(flat.of(binary).attributes("f").uid()).isEqualTo(4_000_000_000L);
        var pax = tar().pax("uid", "4000000000").pax("gid", "4294967294").file("f", "");
        assertThat(flat.of(pax).attributes("f").uid()).isEqualTo(4_000_000_000L);
        assertThat(flat.of(pax).attributes("f").gid()).isEqualTo(4_294_967_294L);
    }

    @Test
    void timeOwnerAndModeWithSetuid_areKept() throws Exception {
        var layer =
                tar().pax("mtime", "1700000001.25").with(06751, 1000, 2000, 3).file("f", "");
        assertThat(flat.of(layer).attributes("f"))
                .isEqualTo(Attributes.of(06751, 1000, 2000, ImageTime.of(1_700_000_001, 250_000_000), Map.of()));
    }

    @Test
    void capabilities_userAttributesAndAccessLists_areKeptByteByByte() throws Exception {
        var capability = bytes("01000002 80000000 00000000 00000000 00000000");
        var acl = bytes("02000000 01000700ffffffff");
        var result = flat.of(tar().xattr("security.capability", capability)
                .xattr("user.note", "a\n=\u00ff")
                .xattr("system.posix_acl_access", acl)
                .file("f", ""));
        assertThat(result.attributes("f").extended())
                .containsEntry("security.capability", capability)
                .containsEntry("user.note", "a\n=\u00ff")
                .containsEntry("system.posix_acl_access", acl);
        assertThat(result.flattened().dropped()).isEmpty();
    }

    @Test
    void accessListsAsText_becomeTheKernelsForm() throws Exception {
        var result = flat.of(tar().pax("SCHILY.acl.access", "user::rwx,group::r-x,mask::r-x,other::r--,user:1000:r-x")
                .pax("SCHILY.acl.default", "user::rw-\ngroup::---\ngroup:staff:r--:50\nmask::r--\nother::---\n")
                .folder("d"));
        var extended = result.attributes("d").extended();
        assertThat(extended.get("system.posix_acl_access"))
                .isEqualTo(bytes("02000000 01000700ffffffff 02000500e8030000 04000500ffffffff 10000500ffffffff"
                        + " 20000400ffffffff"));
        assertThat(extended.get("system.posix_acl_default"))
                .isEqualTo(bytes("02000000 01000600ffffffff 04000000ffffffff 0800040032000000 10000400ffffffff"
                        + " 20000000ffffffff"));
    }

    @Test
    void accessListsWithNames_areRefused() {
        assertThat(flat.refusal(tar().pax("SCHILY.acl.access", "user:lisa:r-x").file("f", "")))
                .isEqualTo("acl_by_name");
    }

    @Test
    void devices_areDroppedAndCounted() throws Exception {
        var result = flat.of(tar().device('3', "dev/null", 1, 3)
                .device('4', "x", 8, 0)
                .hardlink("y", "x")
                .device('3', "gone", 1, 5)
                .file("gone", "1"));
        assertThat(result.lines()).containsExactly("dev/", "gone 1");
        assertThat(result.flattened().dropped()).containsExactly(Map.entry("device", 3));
    }

    @Test
    void aDeviceOverAFile_leavesNothing() throws Exception {
        assertThat(flat.of(tar().file("a", "1"), tar().device('3', "a", 1, 3)).lines())
                .isEmpty();
    }

    @Test
    void pipes_areKept_butNotInDev() throws Exception {
        var result = flat.of(tar().fifo("run/p").fifo("dev/initctl").fifo("device"));
        assertThat(result.lines()).containsExactly("dev/", "device |", "run/", "run/p |");
        assertThat(result.flattened().dropped()).containsExactly(Map.entry("fifo_in_dev", 1));
    }

    @Test
    void attributesOfAnotherMachine_areDroppedAndCounted() throws Exception {
        var result = flat.of(tar().xattr("trusted.overlay.opaque", "y")
                .xattr("trusted.x", "y")
                .xattr("user.overlay.redirect", "/etc")
                .xattr("security.ima", "1")
                .xattr("security.evm", "2")
                .xattr("security.selinux", "3")
                .xattr("security.SMACK64", "4")
                .xattr("system.nfs4_acl", "5")
                .xattr("user.overlay", "kept")
                .file("f", ""));
        assertThat(result.attributes("f").extended()).containsOnlyKeys("user.overlay");
        assertThat(result.flattened().dropped())
                .containsExactly(
                        Map.entry("xattr_evm", 1),
                        Map.entry("xattr_ima", 1),
                        Map.entry("xattr_other", 2),
                        Map.entry("xattr_overlay", 1),
                        Map.entry("xattr_selinux", 1),
                        Map.entry("xattr_trusted", 2));
    }

    @Test
    void entriesOfEstargz_areDroppedAndCounted_atTheRootAlone() throws Exception {
        var result = flat.of(tar().file(".no.prefetch.landmark", "1")
                .file(".prefetch.landmark", "1")
                .file("stargz.index.json", "{}")
                .file("a/stargz.index.json", "{}"));
        assertThat(result.lines()).containsExactly("a/", "a/stargz.index.json {}");
        assertThat(result.flattened().dropped()).containsExactly(Map.entry("estargz", 3));
    }

    @Test
    void bookkeepingOfAufs_isDroppedAndCounted() throws Exception {
        var result = flat.of(
                tar().folder(".wh..wh.plnk").file(".wh..wh.plnk/1.2", "x").file(".wh..wh.aufs", ""));
        assertThat(result.lines()).isEmpty();
        assertThat(result.flattened().dropped()).containsExactly(Map.entry("aufs", 3));
    }

    @Test
    void rootsOwnEntry_givesTheRootItsAttributes() throws Exception {
        assertThat(flat.of(tar().with(01777, 7, 8, 9).folder("./")).attributes(""))
                .isEqualTo(Attributes.of(01777, 7, 8, ImageTime.of(9, 0), Map.of()));
        assertThat(flat.of(tar().file("f", "")).attributes("")).isEqualTo(Attributes.FOLDER);
    }

    @Test
    void foldersThatNoLayerHas_belongToRoot() throws Exception {
        assertThat(flat.of(tar().file("/a//./b/c", "1")).lines()).containsExactly("a/", "a/b/", "a/b/c 1");
        assertThat(flat.of(tar().file("a/b", "1")).attributes("a")).isEqualTo(Attributes.FOLDER);
    }

    @Test
    void timesBefore1970_become1970() throws Exception {
        assertThat(flat.of(tar().pax("mtime", "-62135596800").file("f", ""))
                        .attributes("f")
                        .mtime())
                .isEqualTo(ImageTime.ZERO);
    }

    @Test
    void aGlobalHeaderWithACommentAlone_isPassedOver() throws Exception {
        assertThat(flat.of(tar().global("13 comment=x\n").file("f", "1")).lines())
                .containsExactly("f 1");
    }

    @Test
    void oldFoldersAndFiles_areRead() throws Exception {
        assertThat(flat.of(tar().entry('\0', "d/", "", "")
                                .entry('\0', "d/f", "", "1")
                                .entry('7', "d/g", "", "2"))
                        .lines())
                .containsExactly("d/", "d/f 1", "d/g 2");
    }

    @Test
    void gzipLayersOfSeveralMembers_areReadWhole_andDigestsAreThoseOfThePlainTar() throws Exception {
        var plain = tar().file("a", "x".repeat(100_000)).bytes();
        var packed = new ByteArrayOutputStream();
        packed.writeBytes(TarBytes.gzip(Arrays.copyOf(plain, 5_000)));
        packed.writeBytes(TarBytes.gzip(Arrays.copyOfRange(plain, 5_000, plain.length)));
        var sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(plain));
        try (var merged = flat.merged(List.of(packed.toByteArray(), plain))) {
            assertThat(merged.layerDigests()).containsExactly(sha256, sha256);
            assertThat(flat.written(merged).lines()).containsExactly("a " + "x".repeat(100_000));
        }
    }

    /// Debian's `umoci insert` ends its layers so.
    @Test
    void aLayerThatEndsWithItsLastContent_isRead() throws Exception {
        var whole = tar().file("a", "content").unfinished();
        for (var end : List.of(512 + 7, whole.length)) {
            assertThat(flat.of(List.of(Arrays.copyOf(whole, end))).lines()).containsExactly("a content");
        }
    }

    @Test
    void theImportersFile_isAddedForRoot() throws Exception {
        try (var merged = flat.merged(List.of(tar().file("a", "1").bytes()))) {
            var tar = folder.resolve("with-extra");
            var flattened = merged.write(Extra.config("{\"a\":1}".getBytes(UTF_8)), tar);
            assertThat(flattened.entries()).isEqualTo(4);
            assertThat(flattened.bytes()).isEqualTo(8);
            try (var again = Flattener.merge(List.of(tar), Limits.STANDARD, folder)) {
                assertThat(again.file(".mvm/config", 100)).hasValue("{\"a\":1}".getBytes(UTF_8));
            }
        }
    }

    @Test
    @Tag("claim-I3")
    void sameLayers_giveSameBytes_andSoDoesAnotherOrderOfEntries() throws Exception {
        var one = tar().file("b/x", "1").file("a", "2").symlink("c", "a");
        var other = tar().symlink("c", "a").file("a", "2").file("b/x", "1");
        assertThat(flat.of(one).tar())
                .isEqualTo(flat.of(one).tar())
                .isEqualTo(flat.of(other).tar());
    }

    @Test
    void files_areFoundThroughLinks() throws ImageException, IOException {
        var layer = tar().file("usr/lib/passwd", "root")
                .symlink("etc", "/usr/lib")
                .symlink("usr/lib/shadow", "../../etc/passwd")
                .symlink("top", "..")
                .symlink("loop", "loop")
                .folder("d");
        try (var merged = flat.merged(List.of(layer.bytes()))) {
            assertThat(merged.file("etc/passwd", 4)).hasValue("root".getBytes(UTF_8));
            assertThat(merged.file("/top/etc/shadow", 4)).hasValue("root".getBytes(UTF_8));
            assertThat(merged.file("etc/group", 4)).isEmpty();
            assertThat(merged.file("d", 4)).isEmpty();
            assertThat(merged.file("top", 4)).isEmpty();
            assertThat(merged.file("etc/passwd/x", 4)).isEmpty();
            assertThat(code(() -> merged.file("etc/passwd", 3))).isEqualTo("file_too_large");
            assertThat(code(() -> merged.file("loop", 3))).isEqualTo("link_circle");
        }
    }

    private static String code(ThrowingCallable call) {
        return catchThrowableOfType(ImageException.class, call).code();
    }
}
