package dev.mvm.image.build;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.image.ImageException;
import dev.mvm.image.config.Overrides;
import dev.mvm.image.program.Programs;
import dev.mvm.image.program.Run;
import dev.mvm.image.source.Reference;
import dev.mvm.image.source.Skopeo;
import dev.mvm.image.store.ImageName;
import dev.mvm.image.store.ImageRecord;
import dev.mvm.image.store.ImageStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// Imports by the programs that operators have, into a store of the test's.
abstract class ImportFixture {
    static final ImageName WEB = new ImageName("web");
    static final Map<String, String> FILES = Map.of("bin/app", "#!/bin/true\n");
    static final String CONFIG = "{\"Entrypoint\":[\"/bin/app\"],\"Labels\":{\"by\":\"a test\"}}";

    @TempDir
    Path dir;

    ImageStore store;
    Path policy;

    @BeforeEach
    final void openStore() throws IOException {
        store = ImageStore.open(dir.resolve("store"));
        policy = Files.writeString(dir.resolve("policy.json"), "{\"default\":[{\"type\":\"insecureAcceptAnything\"}]}");
    }

    Skopeo.Options options() {
        return new Skopeo.Options(Optional.empty(), policy, Optional.empty(), Optional.empty(), Duration.ofMinutes(10));
    }

    final ImageRecord imported(String reference) throws ImageException, IOException {
        return imported(reference, WEB, Overrides.NOTHING, options());
    }

    final ImageRecord imported(String reference, ImageName name, Overrides overrides, Skopeo.Options options)
            throws ImageException, IOException {
        var request = new ImageImport.Request(Reference.parse(reference), name, false, false, overrides, options);
        return new ImageImport(Programs.DEBIAN, store, InstantSource.system()).run(request);
    }

    /// Runs a program that has to succeed; its output.
    final String run(String... command) {
        try {
            var ended = Run.of(
                    List.of(command),
                    Map.of("PATH", "/usr/bin:/usr/sbin", "HOME", dir.toString()),
                    dir,
                    Duration.ofMinutes(10));
            assertThat(ended.status())
                    .as("%s: %s", List.of(command), ended.complaint())
                    .isZero();
            return new String(ended.out(), UTF_8);
        } catch (ImageException | IOException e) {
            throw new AssertionError(e);
        }
    }

    /// Makes of the layout `layout` one with layers in Zstandard, `zstd`.
    final void inZstandard() {
        var from = "oci:" + dir.resolve("layout");
        var to = "oci:" + dir.resolve("zstd");
        run("skopeo", "copy", "--quiet", "--dest-compress", "--dest-compress-format", "zstd", from, to);
    }

    /// The files of an image, by fsck.erofs.
    final Path extracted(ImageRecord record) {
        var out = dir.resolve("out");
        run(
                "fsck.erofs",
                "--extract=" + out,
                store.file(record.image().sha256()).toString());
        return out;
    }

    final void assertStoreIsEmpty() {
        for (var below : List.of("sha256", "names", "drafts")) {
            try (Stream<Path> all = Files.list(dir.resolve("store").resolve(below))) {
                assertThat(all).as(below).isEmpty();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
