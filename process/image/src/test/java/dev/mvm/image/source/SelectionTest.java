package dev.mvm.image.source;

import static dev.mvm.image.OciLayout.AMD64;
import static dev.mvm.image.Refusals.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.image.OciLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Manifests and indexes, and the choice among images.
final class SelectionTest {
    private static final String ARM64 = ",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}";
    private static final String V3 = ",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\",\"variant\":\"v3\"}";
    private static final String UNKNOWN = ",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"}";

    @TempDir
    Path dir;

    private OciLayout layout;
    private OciLayout.Blob image;
    private OciLayout.Blob other;

    @BeforeEach
    void images() {
        layout = new OciLayout(dir);
        image = layout.manifest(layout.put(OciLayout.CONFIG, "{}"), layout.put(OciLayout.GZIP, "a"));
        other = layout.manifest(layout.put(OciLayout.CONFIG, "{ }"), layout.put(OciLayout.GZIP, "b"));
    }

    private byte[] fetch(Descriptor descriptor) throws IOException {
        return Files.readAllBytes(
                dir.resolve("blobs/sha256").resolve(descriptor.digest().hex()));
    }

    private Selection from(OciLayout.Blob document) throws Exception {
        return Selection.from(Files.readAllBytes(layout.path(document)), this::fetch);
    }

    private Selection named(String name, String... top) throws Exception {
        layout.top(top);
        return Selection.ofLayout(
                Files.readAllBytes(dir.resolve("index.json")),
                Optional.of(name).filter(text -> !text.isEmpty()),
                this::fetch);
    }

    private static String named(String name) {
        return ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" + name + "\"}";
    }

    @Test
    void anIndex_leadsToItsLinuxAmd64Image() throws Exception {
        var index = layout.nested(other.json(ARM64), image.json(AMD64), other.json(V3), other.json(UNKNOWN));
        var selection = from(index);
        assertThat(selection.image().digest()).isEqualTo(image.digest());
        assertThat(selection.indexes()).containsExactly(index.digest());
    }

    @Test
    void nestedIndexes_areFollowedTwice() throws Exception {
        var one = layout.nested(image.json(AMD64));
        var two = layout.nested(one.json());
        var three = layout.nested(two.json());
        assertThat(from(three).indexes()).containsExactly(three.digest(), two.digest(), one.digest());
        var four = layout.nested(three.json());
        assertRefused("index_too_deep", () -> from(four));
    }

    @Test
    void noOrSeveralFittingImages_areRefused() {
        assertRefused("platform_missing", () -> from(layout.nested(other.json(ARM64), other.json(V3))));
        assertRefused("platform_missing", () -> from(layout.nested()));
        assertRefused("image_ambiguous", () -> from(layout.nested(image.json(AMD64), other.json(AMD64))));
    }

    @Test
    @Tag("claim-I1")
    void aManifestOfAnotherSizeOrDigest_isRefused() throws Exception {
        assertRefused(
                "size_differs",
                () -> from(layout.nested(image.ofSize(image.size() + 1).json(AMD64))));
        var index = layout.nested(image.json(AMD64));
        Files.write(layout.path(image), Files.readAllBytes(layout.path(other)));
        assertRefused("digest_differs", () -> from(index));
    }

    @Test
    void aLayoutOfSeveralImages_needsAName() throws Exception {
        var both = new String[] {image.json(named("a")), other.json(named("b"))};
        assertThat(named("b", both).image().digest()).isEqualTo(other.digest());
        assertRefused("image_ambiguous", () -> named("", both));
        assertRefused("image_missing", () -> named("c", both));
        assertThat(named("", image.json(), other.json(UNKNOWN)).image().digest())
                .isEqualTo(image.digest());
    }

    private void refused(String code, String manifest) {
        assertRefused(code, () -> Manifest.read(manifest.getBytes(UTF_8)));
    }

    private static String manifest(String config, String layers) {
        return "{\"schemaVersion\":2,\"config\":" + config + ",\"layers\":[" + layers + "]}";
    }

    @Test
    @Tag("claim-I1")
    void documentsThatReadTwoWays_areRefused() {
        refused("manifest_invalid", "{\"schemaVersion\":2,\"config\":{},\"layers\":[],\"manifests\":[]}");
        refused(
                "manifest_invalid",
                "{\"schemaVersion\":2,\"mediaType\":\"" + OciLayout.MANIFEST + "\",\"manifests\":[]}");
        refused(
                "manifest_invalid",
                "{\"schemaVersion\":2,\"mediaType\":\"" + OciLayout.INDEX + "\",\"config\":{},\"layers\":[]}");
        refused("manifest_invalid", "{\"schemaVersion\":1,\"layers\":[]}");
        refused("manifest_invalid", "{\"schemaVersion\":2}");
        refused("manifest_invalid", "[]");
        refused("manifest_invalid", "{");
    }

    @Test
    @Tag("claim-I1")
    void layersAndArtefactsThatAreNoFiles_areRefused() {
        var config = layout.put(OciLayout.CONFIG, "{}").json();
        var layer = layout.put(OciLayout.GZIP, "a");
        refused(
                "layer_encrypted",
                manifest(config, layer.ofType(OciLayout.GZIP + "+encrypted").json()));
        refused(
                "layer_foreign",
                manifest(
                        config,
                        layer.ofType("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip")
                                .json()));
        refused(
                "artefact_no_image",
                manifest(config, layer.ofType("application/wasm").json()));
        refused(
                "artefact_no_image",
                manifest(
                        layer.ofType("application/vnd.cncf.helm.config.v1+json").json(), layer.json()));
    }

    @Test
    @Tag("claim-I1")
    void tooMuch_isRefused() {
        var config = layout.put(OciLayout.CONFIG, "{}").json();
        var layer = layout.put(OciLayout.GZIP, "a");
        refused("too_many_layers", manifest(config, String.join(",", Collections.nCopies(128, layer.json()))));
        var large = layer.ofSize(9L << 30).json();
        refused("image_too_large", manifest(config, large + "," + large));
        refused("manifest_invalid", manifest(config, layer.ofSize(17L << 30).json()));
        refused("manifest_invalid", manifest(config, layer.ofSize(-1).json()));
    }
}
