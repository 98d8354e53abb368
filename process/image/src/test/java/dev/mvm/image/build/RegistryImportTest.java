package dev.mvm.image.build;

import static dev.mvm.image.OciLayout.AMD64;
import static dev.mvm.image.Refusals.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.image.OciLayout;
import dev.mvm.image.config.Overrides;
import dev.mvm.image.program.Programs;
import dev.mvm.image.source.Digest;
import dev.mvm.image.source.Skopeo;
import dev.mvm.image.store.ImageName;
import dev.mvm.image.store.ImageRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Imports from a registry, also from one that lies.
final class RegistryImportTest extends ImportFixture {
    private Registry registry;
    private Path registriesConf;
    private Path registriesDirectory;
    private Digest manifest;
    private Duration deadline = Duration.ofMinutes(10);

    @BeforeEach
    void fill() throws Exception {
        registry = new Registry(dir);
        var layout = OciLayout.simple(dir.resolve("layout"), CONFIG, FILES);
        run(
                "skopeo",
                "copy",
                "--quiet",
                "--dest-tls-verify=false",
                "oci:" + dir.resolve("layout"),
                "docker://" + registry.upstream() + "/library/web:1");
        assertThat(layout).isNotNull();
        registriesConf = Files.writeString(
                dir.resolve("registries.conf"),
                "[[registry]]\nprefix=\"docker.io\"\nlocation=\"" + registry.address() + "\"\ninsecure=true\n"
                        + "[[registry]]\nlocation=\"" + registry.upstream() + "\"\ninsecure=true\n");
        registriesDirectory = Files.createDirectory(dir.resolve("registries.d"));
        Files.writeString(registriesDirectory.resolve("a.yaml"), "default-docker:\n  use-sigstore-attachments: true\n");
        manifest = Digest.of(run(
                        "skopeo",
                        "inspect",
                        "--raw",
                        "--tls-verify=false",
                        "docker://" + registry.upstream() + "/library/web:1")
                .getBytes(UTF_8));
    }

    @AfterEach
    void close() {
        registry.close();
    }

    @Override
    Skopeo.Options options() {
        return new Skopeo.Options(
                Optional.empty(), policy, Optional.of(registriesConf), Optional.of(registriesDirectory), deadline);
    }

    @Test
    void aTag_isPinnedToItsDigest_byAMirror() throws Exception {
        var record = imported("docker.io/library/web:1");
        assertThat(record.source().reference()).isEqualTo("docker.io/library/web@" + manifest.text());
        assertThat(record.source().digests()).containsEntry("manifest", manifest);
        assertThat(imported(record.source().reference())).isEqualTo(record);
        assertThat(extracted(record).resolve("bin/app")).hasContent("#!/bin/true\n");
        new Verification(Programs.DEBIAN, store).verify(WEB);
    }

    @Test
    void theImageOfAnIndex_isRecordedWithBothDigests() throws Exception {
        var layout = new OciLayout(dir.resolve("several"));
        var tar = OciLayout.tar(FILES);
        var image = layout.manifest(layout.config(CONFIG, tar), layout.put(OciLayout.GZIP, OciLayout.gzip(tar)));
        var arm = layout.manifest(layout.config("{}", tar), layout.put(OciLayout.GZIP, OciLayout.gzip(tar)));
        var index = layout.nested(
                arm.json(",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}"), image.json(AMD64));
        layout.top(index.json());
        run(
                "skopeo",
                "copy",
                "--quiet",
                "--all",
                "--preserve-digests",
                "--dest-tls-verify=false",
                "oci:" + dir.resolve("several"),
                "docker://" + registry.upstream() + "/library/several:1");
        var record = imported("docker.io/library/several@" + index.digest().text());
        assertThat(record.source().indexes()).containsExactly(index.digest());
        assertThat(record.source().digests()).containsEntry("manifest", image.digest());
    }

    @Test
    void whatTheRegistryDoesNotHave_isRefused() {
        assertRefused("image_missing", () -> imported("docker.io/library/web:2"));
        assertRefused("image_missing", () -> imported("docker.io/library/web@sha256:" + "0".repeat(64)));
        assertStoreIsEmpty();
    }

    /// The one line for a user without a network.
    @Test
    void aRegistryThatIsOutOfReach_isNamed_withTheMirrorSetting() {
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> imported("registry.invalid/library/web:1")))
                .hasMessageContaining("--registries-conf");
        assertRefused("registry_unreachable", () -> imported("registry.invalid/library/web:1"));
    }

    @ParameterizedTest
    @Tag("claim-I1")
    @EnumSource(names = {"FLIPPED", "SHORT", "FLOOD", "REDIRECTED_IN_A_CIRCLE", "REFUSED"})
    void aRegistryThatLies_isRefused_andLeavesNothing(Registry.Fault fault) {
        registry.set(fault);
        assertRefused(
                switch (fault) {
                    case FLIPPED, SHORT -> "digest_differs";
                    case FLOOD -> "size_differs";
                    case REFUSED -> "access_denied";
                    default -> "transport_failed";
                },
                () -> imported("docker.io/library/web:1"));
        assertStoreIsEmpty();
    }

    @Test
    @Tag("claim-I1")
    void aRegistryThatStalls_isLeft_atTheDeadline() {
        registry.set(Registry.Fault.STALL);
        deadline = Duration.ofSeconds(3);
        assertRefused("timed_out", () -> imported("docker.io/library/web:1"));
        assertStoreIsEmpty();
    }

    /// sigstore's signatures by a key of the test's, beside the image in the registry.
    @Test
    @Tag("claim-I1")
    void aPolicyThatDemandsASignature_admitsTheSignedImageAlone() throws Exception {
        Files.writeString(dir.resolve("passphrase"), "secret");
        run(
                "skopeo",
                "generate-sigstore-key",
                "--output-prefix",
                dir.resolve("key").toString(),
                "--passphrase-file",
                dir.resolve("passphrase").toString());
        run(
                "skopeo",
                "--registries.d",
                registriesDirectory.toString(),
                "copy",
                "--quiet",
                "--dest-tls-verify=false",
                "--sign-by-sigstore-private-key",
                dir.resolve("key.private").toString(),
                "--sign-passphrase-file",
                dir.resolve("passphrase").toString(),
                "--sign-identity",
                "docker.io/library/signed:1",
                "oci:" + dir.resolve("layout"),
                "docker://" + registry.upstream() + "/library/signed:1");
        Files.writeString(
                policy,
                "{\"default\":[{\"type\":\"reject\"}],\"transports\":{\"docker\":{\"docker.io\":[{\"type\":"
                        + "\"sigstoreSigned\",\"keyPath\":\"" + dir.resolve("key.pub")
                        + "\",\"signedIdentity\":{\"type\":\"matchRepository\"}}]}}}");
        assertRefused("signature_refused", () -> imported("docker.io/library/web:1"));
        assertStoreIsEmpty();
        ImageRecord record =
                imported("docker.io/library/signed:1", new ImageName("signed"), Overrides.NOTHING, options());
        assertThat(new String(store.bytes(record.provenance()), UTF_8))
                .contains(Digest.of(Files.readAllBytes(policy)).text());
        assertRefused("signature_refused", () -> imported("oci:" + dir.resolve("layout")));
    }
}
