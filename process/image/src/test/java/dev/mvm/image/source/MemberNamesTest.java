package dev.mvm.image.source;

import static dev.mvm.image.Refusals.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.image.OciLayout;
import dev.mvm.image.config.ImageConfig;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Documents that programs in Go read differently: those match names of members without regard to case, by Unicode's
/// rules, and take the last of several.
final class MemberNamesTest {
    private static final String BLOB = "\"digest\":\"sha256:" + "0".repeat(64) + "\",\"size\":1";
    private static final String MANIFEST = "{\"schemaVersion\":2,\"mediaType\":\"" + OciLayout.MANIFEST
            + "\",\"config\":{\"mediaType\":\"" + OciLayout.CONFIG + "\"," + BLOB + "},\"layers\":[{\"mediaType\":\""
            + OciLayout.GZIP + "\"," + BLOB + "}]}";
    private static final String INDEX = "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" + OciLayout.MANIFEST
            + "\"" + OciLayout.AMD64 + "," + BLOB + "}]}";
    private static final String CONFIG = "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Cmd\":[\"a\"],"
            + "\"User\":\"web\",\"Labels\":{\"a\":\"b\",\"A\":\"c\"},\"Healthcheck\":{\"Test\":[\"CMD\",\"a\"],"
            + "\"Retries\":2}},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]},\"history\":[]}";

    private static void assertManifestRefused(String text) {
        assertRefused("manifest_invalid", () -> Manifest.read(text.getBytes(UTF_8)));
    }

    private static void assertConfigRefused(String text) {
        assertRefused("config_invalid", () -> ImageConfig.read(text.getBytes(UTF_8)));
    }

    @Test
    void labelsAndUnknownMembers_haveAnyName() throws Exception {
        Manifest.read(MANIFEST.replace("\"layers\":", "\"annotations\":{\"a\":\"\",\"A\":\"\"},\"urls\":[],\"layers\":")
                .getBytes(UTF_8));
        Manifest.read(INDEX.getBytes(UTF_8));
        assertThat(ImageConfig.read(CONFIG.getBytes(UTF_8)).labels()).containsKeys("a", "A");
    }

    @ParameterizedTest
    @CsvSource({
        "schemaVersion, schemaversion",
        "mediaType, MediaType",
        "config, Config",
        "layers, Layers",
        "layers, layer\u017f",
        "digest, DIGEST",
        "size, \u017fize"
    })
    @Tag("claim-I1")
    void aMemberOfAManifest_whoseNameDiffersInCaseAlone_isRefused(String name, String other) {
        var member = "\"" + name + "\":";
        assertManifestRefused(MANIFEST.replaceFirst(member, "\"" + other + "\":null," + member));
        assertManifestRefused(MANIFEST.replaceFirst(member, "\"" + other + "\":"));
        assertManifestRefused(MANIFEST.replaceFirst(member, member + "null," + member));
        assertManifestRefused(MANIFEST.replace("\"layers\":", "\"Manifests\":[],\"layers\":"));
        assertManifestRefused(MANIFEST.replace("\"layers\":", "\"other\":1,\"Other\":2,\"layers\":"));
    }

    @ParameterizedTest
    @CsvSource({"manifests, Manifests", "platform, Platform", "os, OS", "architecture, Architecture"})
    @Tag("claim-I1")
    void aMemberOfAnIndex_whoseNameDiffersInCaseAlone_isRefused(String name, String other) {
        var member = "\"" + name + "\":";
        assertManifestRefused(INDEX.replaceFirst(member, "\"" + other + "\":null," + member));
        assertManifestRefused(INDEX.replaceFirst(member, "\"" + other + "\":"));
    }

    @ParameterizedTest
    @CsvSource({
        "os, OS",
        "config, Config",
        "rootfs, rootFS",
        "diff_ids, diff_IDs",
        "Cmd, cmd",
        "User, user",
        "Healthcheck, HealthChec\u212a",
        "Test, test",
        "Retries, retries"
    })
    @Tag("claim-I1")
    void aMemberOfAConfiguration_whoseNameDiffersInCaseAlone_isRefused(String name, String other) {
        var member = "\"" + name + "\":";
        assertConfigRefused(CONFIG.replaceFirst(member, "\"" + other + "\":null," + member));
        assertConfigRefused(CONFIG.replaceFirst(member, member + "null," + member));
        assertConfigRefused(CONFIG.replaceFirst("\"history\":", "\"variant\":\"\",\"Variant\":\"v3\",\"history\":"));
    }
}
