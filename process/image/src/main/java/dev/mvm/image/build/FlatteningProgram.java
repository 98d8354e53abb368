package dev.mvm.image.build;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.image.ImageException;
import dev.mvm.image.Limits;
import dev.mvm.image.config.Accounts;
import dev.mvm.image.config.GuestConfig;
import dev.mvm.image.config.HealthCheck;
import dev.mvm.image.config.ImageConfig;
import dev.mvm.image.layer.Extra;
import dev.mvm.image.layer.Flattened;
import dev.mvm.image.layer.Flattener;
import dev.mvm.image.layer.Merged;
import dev.mvm.image.layer.Owners;
import dev.mvm.image.layer.Tree;
import dev.mvm.image.source.Blobs;
import dev.mvm.image.source.Digest;
import dev.mvm.image.source.Manifest;
import dev.mvm.image.source.Transport;
import dev.mvm.image.store.ImageRecord.Contents;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;

/// The process in the sandbox: reads what an image's maker wrote, and writes the canonical tar. It has its task,
/// the fetched image, and one directory that it can write; see [dev.mvm.image.program.Sandbox].
public final class FlatteningProgram {
    /// Exit status when the image is refused; the code and the line are on standard output.
    static final int REFUSED = 3;

    private static final int FAILED = 4;

    /// Directory of layers that skopeo unpacked.
    static final String UNPACKED = "unpacked";

    /// Most bytes of /etc/passwd and of /etc/group.
    private static final int ACCOUNTS_LONGEST = 1 << 20;

    private final Path given;
    private final Path work;

    FlatteningProgram(Path given, Path work) {
        this.given = given;
        this.work = work;
    }

    /// Reads one image, and ends with status 0, 3 (refused) or 4 (failed).
    ///
    /// @param arguments the directory of the task, and the one for what is made
    public static void main(String[] arguments) {
        int status = 0;
        try {
            new FlatteningProgram(Path.of(arguments[0]), Path.of(arguments[1])).run();
        } catch (ImageException e) {
            System.out.println(e.code() + " " + e.line());
            status = REFUSED;
        } catch (JsonException | IOException e) {
            System.err.println(e.getMessage());
            status = FAILED;
        }
        System.exit(status);
    }

    void run() throws ImageException, IOException, JsonException {
        var job = FlatteningJob.read(Files.readAllBytes(given.resolve(FlatteningJob.FILE)));
        if (job.tree().isPresent()) {
            var owners = job.owners()
                    ? Optional.of(Owners.read(given.resolve(FlatteningJob.OWNERS)))
                    : Optional.<Owners>empty();
            try (var tree = Tree.read(job.tree().get(), owners, Limits.STANDARD, work)) {
                var flat = flatten(tree, ImageConfig.EMPTY, job);
                report(flat, ImageConfig.EMPTY, Optional.of(Blobs.digest(work.resolve(FlatteningReport.TAR))));
            }
        } else {
            image(job);
        }
    }

    private void image(FlatteningJob job) throws ImageException, IOException, JsonException {
        var fetched = given.resolve(Transport.FETCHED);
        if (!(Manifest.read(Files.readAllBytes(fetched.resolve("manifest.json"))) instanceof Manifest.Image manifest)) {
            throw new ImageException("manifest_invalid", "an index was copied instead of an image");
        }
        var blobs = new Blobs(fetched, work.resolve(UNPACKED));
        var config = ImageConfig.read(blobs.config(manifest.config()));
        var layers = blobs.layers(manifest.layers(), config.layers());
        try (var merged = Flattener.merge(layers, Limits.STANDARD, work)) {
            Blobs.compare(merged.layerDigests().stream().map(Digest::new).toList(), config.layers());
            report(flatten(merged, config, job), config, Optional.empty());
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Flat(Flattened tar, byte[] config) {}

    private Flat flatten(Merged tree, ImageConfig image, FlatteningJob job) throws ImageException, IOException {
        tree.demandMountPoints();
        var accounts = new Accounts(file(tree, "etc/passwd"), file(tree, "etc/group"));
        var config = GuestConfig.of(image, job.overrides(), accounts);
        if (image.health().isPresent()) {
            demandShell(tree, image.health().get());
        }
        return new Flat(tree.write(Extra.config(config), work.resolve(FlatteningReport.TAR)), config);
    }

    /// Refuses what would never be healthy.
    private static void demandShell(Merged tree, HealthCheck check) throws ImageException {
        var program = check.command().getFirst();
        if (check.shell() && program.startsWith("/") && !tree.isFile(new String(program.getBytes(UTF_8), ISO_8859_1))) {
            throw new ImageException(
                    "shell_missing", "the health check is a line for a shell, and the image has no " + program);
        }
    }

    private static byte[] file(Merged tree, String path) throws ImageException, IOException {
        return tree.file(path, ACCOUNTS_LONGEST).orElse(new byte[0]);
    }

    private void report(Flat flat, ImageConfig image, Optional<Digest> tree) throws IOException, JsonException {
        var dropped = new LinkedHashMap<String, Long>();
        flat.tar.dropped().forEach((kind, count) -> dropped.put(kind, (long) count));
        var contents = new Contents(flat.tar.entries(), flat.tar.bytes(), dropped);
        var config = Json.parseObject(flat.config, JsonLimits.foreign(GuestConfig.LONGEST));
        var report = new FlatteningReport(tree, image.labels(), contents, config);
        Files.write(work.resolve(FlatteningReport.FILE), report.bytes());
    }
}
