package dev.mvm.image.build;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.image.ImageException;
import dev.mvm.image.config.Overrides;
import dev.mvm.image.program.Programs;
import dev.mvm.image.program.Run;
import dev.mvm.image.source.Digest;
import dev.mvm.image.source.Reference;
import dev.mvm.image.store.ImageRecord;
import dev.mvm.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// The statement on how an image was made: in-toto's Statement 1 with SLSA's Provenance 1. It is not signed: it is
/// a note of this machine's about itself.
final class Provenance {
    private static final String BUILD_TYPE = "https://mvm.example/image/import/v1";

    private final Programs programs;
    private final Path directory;

    /// @param directory where programs that are asked for their version may run
    Provenance(Programs programs, Path directory) {
        this.programs = programs;
        this.directory = directory;
    }

    /// The subject of a statement.
    ///
    /// @param reference as the operator wrote it
    /// @param policy that the source was admitted by; empty for a directory
    /// @param labels of the image
    record Subject(
            Reference reference,
            Overrides overrides,
            Optional<Policy> policy,
            SequencedMap<String, String> labels,
            ImageRecord.Image image,
            ImageRecord.Source source) {}

    byte[] statement(Subject subject, Instant started, Instant finished) throws ImageException, IOException {
        var product = Json.object()
                .put("name", "image.erofs")
                .put(
                        "digest",
                        Json.object()
                                .put("sha256", subject.image.sha256().hex())
                                .end())
                .end();
        var predicate = Json.object()
                .put("buildDefinition", definition(subject))
                .put("runDetails", details(started, finished))
                .end();
        return Json.object()
                .put("_type", "https://in-toto.io/Statement/v1")
                .put("subject", List.of(product))
                .put("predicateType", "https://slsa.dev/provenance/v1")
                .put("predicate", predicate)
                .end()
                .bytes();
    }

    private static Json.Obj definition(Subject subject) {
        var labels = Json.object();
        subject.labels.forEach(labels::put);
        var internal = Json.object()
                .put("root_hash", subject.image.rootHash().hex())
                .put("data_blocks", subject.image.dataBlocks())
                .put("salt", subject.image.salt())
                .put("labels", labels.end());
        subject.policy.ifPresent(
                policy -> internal.put("policy", policy.digest().text())
                        .put(
                                "policy_requirements",
                                policy.kinds().stream().map(Json::of).toList()));
        return Json.object()
                .put("buildType", BUILD_TYPE)
                .put(
                        "externalParameters",
                        Json.object()
                                .put("reference", subject.reference.text())
                                .put("overrides", subject.overrides.json())
                                .end())
                .put("internalParameters", internal.end())
                .put("resolvedDependencies", sources(subject.source))
                .end();
    }

    private static List<Json> sources(ImageRecord.Source source) {
        var out = new ArrayList<Json>();
        source.indexes().forEach(index -> out.add(dependency("index", source.reference(), index)));
        source.digests().forEach((name, digest) -> out.add(dependency(name, source.reference(), digest)));
        return out;
    }

    private static Json dependency(String name, String uri, Digest digest) {
        return Json.object()
                .put("name", name)
                .put("uri", uri)
                .put("digest", Json.object().put("sha256", digest.hex()).end())
                .end();
    }

    private Json.Obj details(Instant started, Instant finished) throws ImageException, IOException {
        var versions = Json.object();
        for (var program : List.of("skopeo", "mkfs.erofs", "veritysetup")) {
            versions.put(program, version(program));
        }
        versions.put("java", Runtime.version().toString());
        return Json.object()
                .put(
                        "builder",
                        Json.object()
                                .put("id", "https://mvm.example/image/mvm")
                                .put("version", versions.end())
                                .end())
                .put(
                        "metadata",
                        Json.object()
                                .put("startedOn", started.toString())
                                .put("finishedOn", finished.toString())
                                .end())
                .end();
    }

    private String version(String program) throws ImageException, IOException {
        var run = Run.of(
                List.of(programs.path(program), "--version"),
                Map.of("HOME", directory.toString(), "PATH", "/usr/bin"),
                directory,
                Duration.ofMinutes(1));
        return new String(run.out(), UTF_8)
                .lines()
                .findFirst()
                .orElse("")
                .replaceAll("[^ -~]+", " ")
                .strip();
    }
}
