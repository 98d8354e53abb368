package dev.mvm.image.source;

import dev.mvm.image.ImageException;
import java.util.Set;

/// Media types of manifests, configurations and layers: those that become an image, and why others do not.
final class MediaTypes {
    static final String INDEX = "application/vnd.oci.image.index.v1+json";
    static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
    private static final String SCHEMA_2 = "application/vnd.docker.distribution.manifest.v2+json";

    private static final Set<String> CONFIGS =
            Set.of("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json");

    private static final Set<String> LAYERS = Set.of(
            "application/vnd.oci.image.layer.v1.tar",
            "application/vnd.oci.image.layer.v1.tar+gzip",
            "application/vnd.oci.image.layer.v1.tar+zstd",
            "application/vnd.docker.image.rootfs.diff.tar",
            "application/vnd.docker.image.rootfs.diff.tar.gzip",
            "application/vnd.docker.image.rootfs.diff.tar.zstd");

    private MediaTypes() {}

    static boolean isIndex(String type) {
        return type.equals(INDEX) || type.equals(LIST);
    }

    static boolean isManifest(String type) {
        return type.equals(MANIFEST) || type.equals(SCHEMA_2);
    }

    /// @throws ImageException `artefact_no_image` for a manifest of something else, such as a chart or a signature
    static void checkConfig(String type) throws ImageException {
        if (!CONFIGS.contains(type)) {
            throw new ImageException("artefact_no_image", "this is no image: its configuration is " + shown(type));
        }
    }

    /// @throws ImageException `layer_encrypted`, `layer_foreign` or `artefact_no_image`
    static void checkLayer(String type) throws ImageException {
        if (type.endsWith("+encrypted")) {
            throw new ImageException("layer_encrypted", "a layer is encrypted; decrypt the image first");
        }
        if (type.contains("nondistributable") || type.contains("foreign")) {
            throw new ImageException("layer_foreign", "a layer may not be distributed and lies elsewhere");
        }
        if (!LAYERS.contains(type)) {
            throw new ImageException("artefact_no_image", "this is no image: one of its layers is " + shown(type));
        }
    }

    static String shown(String foreign) {
        var cut = foreign.length() > 100 ? foreign.substring(0, 100) + "..." : foreign;
        return cut.replaceAll("[^ -~]", "?");
    }
}
