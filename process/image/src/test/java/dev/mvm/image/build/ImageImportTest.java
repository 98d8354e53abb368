package dev.mvm.image.build;

import static dev.mvm.image.Refusals.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.image.OciLayout;
import dev.mvm.image.config.Overrides;
import dev.mvm.image.program.Programs;
import dev.mvm.image.source.Digest;
import dev.mvm.image.source.Reference;
import dev.mvm.image.store.ImageName;
import dev.mvm.image.store.ImageRecord;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Whole imports from local sources.
final class ImageImportTest extends ImportFixture {
    private OciLayout simple() {
        return OciLayout.simple(dir.resolve("layout"), CONFIG, FILES);
    }

    private String layout() {
        return "oci:" + dir.resolve("layout");
    }

    @Test
    void aLayout_becomesAVerifiedImage() throws Exception {
        simple();
        var record = imported(layout());
        var out = extracted(record);
        assertThat(out.resolve("bin/app")).hasContent("#!/bin/true\n");
        assertThat(out.resolve(".mvm/config"))
                .hasContent(new String(record.config().bytes(), UTF_8));
        assertThat(record.source().digests()).containsOnlyKeys("manifest", "config");
        new Verification(Programs.DEBIAN, store).verify(WEB);
        var provenance = new String(store.bytes(record.provenance()), UTF_8);
        assertThat(provenance)
                .contains(
                        "https://in-toto.io/Statement/v1",
                        record.image().sha256().hex(),
                        record.source().digests().get("manifest").hex(),
                        "skopeo version",
                        "\"labels\":{\"by\":\"a test\"}");
    }

    @Test
    @Tag("claim-I3")
    void theSameSource_givesTheSameBytes_alsoFromAnArchiveAndInZstandard() throws Exception {
        simple();
        var first = imported(layout());
        run("skopeo", "copy", "--quiet", layout(), "docker-archive:" + dir.resolve("a.tar") + ":x:1");
        inZstandard();
        assertThat(imported(layout(), new ImageName("again"), Overrides.NOTHING, options())
                        .image())
                .isEqualTo(first.image());
        assertThat(imported(
                                "docker-archive:" + dir.resolve("a.tar"),
                                new ImageName("archive"),
                                Overrides.NOTHING,
                                options())
                        .image())
                .isEqualTo(first.image());
        assertThat(imported("oci:" + dir.resolve("zstd"), new ImageName("zstd"), Overrides.NOTHING, options())
                        .image())
                .isEqualTo(first.image());
        var manifest = Files.readString(dir.resolve("zstd/index.json"));
        assertThat(manifest).contains("manifest");
    }

    /// Programs of others call themselves for each folder on a path.
    @Test
    void aPathAsLongAsLinuxTakes_isImported() throws Exception {
        OciLayout.simple(dir.resolve("layout"), CONFIG, Map.of("d/".repeat(2_046) + "f", "deep"));
        assertThat(imported(layout()).contents().entries()).isEqualTo(2_050);
        new Verification(Programs.DEBIAN, store).verify(WEB);
    }

    @Test
    void anImageOfUmoci_isImported() throws Exception {
        var path = dir.resolve("umoci");
        var image = path + ":web";
        run("umoci", "init", "--layout", path.toString());
        run("umoci", "new", "--image", image);
        var bundle = dir.resolve("bundle");
        run("umoci", "unpack", "--rootless", "--image", image, bundle.toString());
        Files.createDirectories(bundle.resolve("rootfs/etc"));
        Files.createDirectories(bundle.resolve("rootfs/bin"));
        Files.writeString(bundle.resolve("rootfs/etc/passwd"), "web:x:33:33::/srv:/bin/sh\n");
        Files.copy(Path.of("/usr/bin/busybox"), bundle.resolve("rootfs/bin/sh"));
        run("umoci", "repack", "--image", image, bundle.toString());
        run(
                "umoci",
                "config",
                "--image",
                image,
                "--config.entrypoint",
                "/bin/sh",
                "--config.user",
                "web",
                "--config.stopsignal",
                "SIGINT");
        var record = imported("oci:" + image);
        assertThat(new String(record.config().bytes(), UTF_8))
                .contains("\"argv\":[\"/bin/sh\"]", "\"uid\":33", "\"stop_signal\":2", "HOME=/srv");
        assertThat(extracted(record).resolve("bin/sh")).hasSameBinaryContentAs(Path.of("/usr/bin/busybox"));
    }

    @Test
    void aDirectory_becomesAnImage_whichBelongsToRoot() throws Exception {
        Files.createDirectories(dir.resolve("tree"));
        Files.writeString(dir.resolve("tree/app"), "x");
        var overrides = new Overrides(
                Optional.of("/app"),
                List.of("-v"),
                List.of("A=b"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        var record = imported("tree:" + dir.resolve("tree"), WEB, overrides, options());
        assertThat(record.source().digests()).containsOnlyKeys("tree");
        assertThat(extracted(record).resolve("app")).hasContent("x");
        assertThat(run(
                        "dump.erofs",
                        "--path=/app",
                        store.file(record.image().sha256()).toString()))
                .contains("Uid: 0   Gid: 0");
        assertRefused(
                "image_missing",
                () -> imported("tree:" + dir.resolve("no"), new ImageName("no"), overrides, options()));
    }

    /// Root gives a file to another user; another user takes a folder of root's.
    @Test
    void owners_areKept_alsoThoseOfOtherUsers() throws Exception {
        var tree = Files.createDirectories(dir.resolve("tree"));
        var app = Files.writeString(tree.resolve("app"), "x");
        boolean root = Integer.valueOf(0).equals(Files.getAttribute(app, "unix:uid"));
        if (root) {
            run("chown", "4000000000:7", app.toString());
            run("chown", "8:9", tree.toString());
        }
        var source = root ? tree : Path.of("/usr/share/doc/skopeo");
        var overrides = new Overrides(
                Optional.of("/app"), List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty());
        var request = new ImageImport.Request(new Reference.Tree(source), WEB, false, true, overrides, options());
        var record = new ImageImport(Programs.DEBIAN, store, InstantSource.system()).run(request);
        var file = store.file(record.image().sha256()).toString();
        assertThat(run("dump.erofs", "--path=/", file)).contains(root ? "Uid: 8   Gid: 9" : "Uid: 0   Gid: 0");
        assertThat(run("dump.erofs", "--path=/" + (root ? "app" : "copyright"), file))
                .contains(root ? "Uid: 4000000000   Gid: 7" : "Uid: 0   Gid: 0");
    }

    /// A guest mounts there before the image's program starts.
    @Test
    @Tag("claim-I1")
    void aLinkAtAMountPoint_isRefused_andOthersAreKept() throws Exception {
        var tree = Files.createDirectories(dir.resolve("tree"));
        var overrides = new Overrides(
                Optional.of("/app"), List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty());
        Files.createDirectories(tree.resolve("var"));
        Files.createSymbolicLink(tree.resolve("var/run"), Path.of("/run"));
        var link = Files.createSymbolicLink(tree.resolve("proc"), Path.of("/var"));
        assertRefused("mount_point_bad", () -> imported("tree:" + tree, WEB, overrides, options()));
        assertStoreIsEmpty();
        Files.delete(link);
        assertThat(extracted(imported("tree:" + tree, WEB, overrides, options()))
                        .resolve("var/run"))
                .isSymbolicLink();
    }

    private void refusedLayout(String code, OciLayout layout, OciLayout.Blob manifest) {
        layout.top(manifest.json());
        assertRefused(code, () -> imported(layout()));
        assertStoreIsEmpty();
    }

    @Test
    @Tag("claim-I1")
    void wrongDigestsSizesAndDiffIds_areRefused_andLeaveNothing() throws Exception {
        var tar = OciLayout.tar(FILES);
        var other = OciLayout.tar(Map.of("x", "y"));
        var layout = new OciLayout(dir.resolve("layout"));
        var layer = layout.put(OciLayout.GZIP, OciLayout.gzip(tar));
        refusedLayout("diff_id_differs", layout, layout.manifest(layout.config(CONFIG, other), layer));
        refusedLayout("diff_id_differs", layout, layout.manifest(layout.config(CONFIG, tar, tar), layer));
        refusedLayout(
                "size_differs", layout, layout.manifest(layout.config(CONFIG, tar), layer.ofSize(layer.size() + 1)));
        Files.write(layout.path(layer), OciLayout.gzip(other));
        var manifest = layout.manifest(layout.config(CONFIG, tar), layer);
        refusedLayout("digest_differs", layout, manifest);
        Files.delete(layout.path(layer));
        refusedLayout("image_missing", layout, manifest);
    }

    /// A layout is a directory of somebody else's: a pipe in it would keep the import waiting, a device has no end.
    @Test
    @Tag("claim-I1")
    void pipesAndDevicesInALayout_areNotRead() throws Exception {
        var tar = OciLayout.tar(FILES);
        var layout = new OciLayout(dir.resolve("layout"));
        var layer = layout.put(OciLayout.GZIP, OciLayout.gzip(tar));
        var config = layout.config(CONFIG, tar);
        var manifest = layout.manifest(config, layer);
        Files.delete(layout.path(layer));
        Files.createSymbolicLink(layout.path(layer), Path.of("/dev/zero"));
        refusedLayout("image_missing", layout, manifest);
        for (var each : List.of(layer, config, manifest)) {
            Files.delete(layout.path(each));
            run("mkfifo", layout.path(each).toString());
            refusedLayout("image_missing", layout, manifest);
        }
        Files.delete(dir.resolve("layout/index.json"));
        run("mkfifo", dir.resolve("layout/index.json").toString());
        assertRefused("image_missing", () -> imported(layout()));
        assertStoreIsEmpty();
    }

    @Test
    @Tag("claim-I1")
    void anImageThatIsRefusedInTheSandbox_leavesOneLine() {
        var layout = new OciLayout(dir.resolve("layout"));
        var bomb = new byte[100 << 20];
        refusedLayout(
                "ratio_too_high",
                layout,
                layout.manifest(layout.config(CONFIG, bomb), layout.put(OciLayout.GZIP, OciLayout.gzip(bomb))));
        refusedConfig("user_unknown", layout, "{\"Cmd\":[\"a\"],\"User\":\"who\"}");
        refusedConfig("shell_missing", layout, "{\"Cmd\":[\"a\"],\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"true\"]}}");
    }

    private void refusedConfig(String code, OciLayout layout, String config) {
        var tar = OciLayout.tar(FILES);
        refusedLayout(
                code,
                layout,
                layout.manifest(layout.config(config, tar), layout.put(OciLayout.GZIP, OciLayout.gzip(tar))));
    }

    @Test
    @Tag("claim-I1")
    void aBombInZstandard_isRefused_beforeItIsWhole() {
        var layout = new OciLayout(dir.resolve("layout"));
        var bomb = new byte[100 << 20];
        layout.top(layout.manifest(layout.config(CONFIG, bomb), layout.put(OciLayout.GZIP, OciLayout.gzip(bomb)))
                .json());
        inZstandard();
        assertRefused("ratio_too_high", () -> imported("oci:" + dir.resolve("zstd")));
        assertStoreIsEmpty();
    }

    @Test
    void aPolicyThatIsMissing_isNamed() throws IOException {
        simple();
        Files.delete(policy);
        assertRefused("policy_missing", () -> imported(layout()));
        assertStoreIsEmpty();
    }

    @Test
    void thePolicysKindsOfRequirement_areInTheProvenance() throws Exception {
        simple();
        Files.writeString(
                policy,
                "{\"default\":[{\"type\":\"reject\"}],\"transports\":{\"oci\":{\"\":"
                        + "[{\"type\":\"insecureAcceptAnything\"}]}}}");
        var record = imported(layout());
        assertThat(store.bytes(record.provenance()))
                .asString(UTF_8)
                .contains(
                        "\"policy\":\"" + Digest.of(Files.readAllBytes(policy)).text() + "\"",
                        "\"policy_requirements\":[\"insecureAcceptAnything\",\"reject\"]");
        store.remove(WEB);
        Files.writeString(policy, "{\"default\":[");
        assertRefused("policy_invalid", () -> imported(layout()));
        assertStoreIsEmpty();
    }

    @Test
    void aMissingProgram_isNamedWithItsPackage() throws IOException {
        var request = new ImageImport.Request(new Reference.Tree(dir), WEB, false, false, Overrides.NOTHING, options());
        var none = new Programs(List.of(dir));
        assertRefused("program_missing", () -> new ImageImport(none, store, InstantSource.system()).run(request));
        assertRefused("program_missing", () -> new Programs(List.of(dir)).path("mkfs.erofs"));
        assertStoreIsEmpty();
    }

    @Test
    @Tag("claim-I5")
    void importsAtOnce_ofOneImage_agree() throws Exception {
        simple();
        try (var threads = Executors.newFixedThreadPool(2)) {
            Callable<ImageRecord> work = () -> imported(layout());
            var results = threads.invokeAll(List.of(work, work));
            assertThat(results.getFirst().get()).isEqualTo(results.getLast().get());
        }
        assertThat(store.list()).containsOnlyKeys(WEB);
        new Verification(Programs.DEBIAN, store).verify(WEB);
    }

    @Test
    @Tag("claim-I4")
    void aFlippedBit_isFoundWherever() throws Exception {
        OciLayout.simple(dir.resolve("layout"), CONFIG, Map.of("bin/app", "x".repeat(1 << 20)));
        var record = imported(layout());
        var file = store.file(record.image().sha256());
        for (long at :
                new long[] {1024, record.image().bytes() - 1, record.image().dataBlocks() * 4096}) {
            flip(file, at);
            assertRefused("image_damaged", () -> new Verification(Programs.DEBIAN, store).verify(WEB));
            flip(file, at);
        }
        new Verification(Programs.DEBIAN, store).verify(WEB);
        for (var small : List.of(record.provenance(), Digest.of(record.json().bytes()))) {
            flip(store.file(small), 10);
            assertRefused("store_damaged", () -> new Verification(Programs.DEBIAN, store).verify(WEB));
            flip(store.file(small), 10);
        }
    }

    private static void flip(Path file, long at) throws IOException {
        Files.setPosixFilePermissions(file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
        try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            int value = bytes.read();
            bytes.seek(at);
            bytes.write(value ^ 1);
        }
    }
}
