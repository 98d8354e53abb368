package dev.mvm.image.build;

import dev.mvm.image.ImageException;
import dev.mvm.image.Limits;
import dev.mvm.image.config.Overrides;
import dev.mvm.image.layer.Owners;
import dev.mvm.image.program.Programs;
import dev.mvm.image.source.Blobs;
import dev.mvm.image.source.Digest;
import dev.mvm.image.source.Reference;
import dev.mvm.image.source.Skopeo;
import dev.mvm.image.source.Transport;
import dev.mvm.image.store.Deletion;
import dev.mvm.image.store.Draft;
import dev.mvm.image.store.ImageName;
import dev.mvm.image.store.ImageRecord;
import dev.mvm.image.store.ImageStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;

/// An image from its source into the store. A refused or failed import leaves nothing in the store.
///
/// Guarantees: the same source, overrides and versions of programs give the same bytes; each byte that comes from
/// the source was compared with a digest that the reference leads to, unless the source is a directory or an archive,
/// which have no digest to begin with.
public final class ImageImport {
    private static final String NO_SPACE = "No space left on device";
    private static final String POLICY = "policy.json";

    private final Programs programs;
    private final ImageStore store;
    private final InstantSource clock;

    public ImageImport(Programs programs, ImageStore store, InstantSource clock) {
        this.programs = programs;
        this.store = store;
        this.clock = clock;
    }

    /// An operator's request for an import.
    ///
    /// @param replace whether the name may lead to another image so far
    /// @param owners whether files of `tree:DIR` keep their owners
    public record Request(
            Reference reference,
            ImageName name,
            boolean replace,
            boolean owners,
            Overrides overrides,
            Skopeo.Options options) {}

    /// The source, as it was found outside the sandbox.
    ///
    /// @param digests of a container image; empty for a directory, which has none before it is read
    private record Origin(String reference, List<Digest> indexes, SequencedMap<String, Digest> digests) {
        static Origin of(Transport.Fetched fetched) {
            var image = fetched.selection().image();
            var digests = new LinkedHashMap<String, Digest>();
            digests.put("manifest", image.digest());
            digests.put("config", image.config().digest());
            return new Origin(fetched.pinned(), fetched.selection().indexes(), digests);
        }
    }

    /// Imports an image.
    ///
    /// @return the record that the name leads to
    /// @throws ImageException the image is refused, or a program or the disk fails
    public ImageRecord run(Request request) throws ImageException, IOException {
        programs.demand("skopeo", "mkfs.erofs", "fsck.erofs", "veritysetup");
        programs.demand("bwrap", "prlimit", "setpriv", "unshare", "sha256sum");
        try (var draft = store.draft()) {
            return run(request, draft);
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains(NO_SPACE)) {
                throw new ImageException("disk_full", "the disk is full; free some of it and import again");
            }
            throw e;
        }
    }

    private ImageRecord run(Request request, Draft draft) throws ImageException, IOException {
        var started = clock.instant();
        var directory = draft.directory();
        var steps = new Steps(programs, draft);
        var policy = request.reference() instanceof Reference.Tree
                ? Optional.<Policy>empty()
                : Optional.of(Policy.copy(request.options().policy(), directory.resolve(POLICY)));
        var origin = fetch(request, directory);
        var job = new FlatteningJob(
                request.reference() instanceof Reference.Tree(var tree) ? Optional.of(tree) : Optional.empty(),
                request.owners(),
                request.overrides());
        if (job.tree().isPresent() && job.owners()) {
            Owners.of(job.tree().get(), Limits.STANDARD).write(directory.resolve(FlatteningJob.OWNERS));
        }
        var packed = zstandard(directory.resolve(Transport.FETCHED));
        if (packed.isPresent()) {
            steps.unpack(
                    directory.resolve(Transport.FETCHED),
                    FlatteningProgram.UNPACKED,
                    Blobs.mostUnpacked(packed.getAsLong()));
        }
        var report = steps.flatten(job);
        Deletion.of(directory.resolve(Transport.FETCHED));
        Deletion.of(draft.sandbox().resolve(FlatteningProgram.UNPACKED));
        var image = steps.build();
        var source = new ImageRecord.Source(origin.reference(), digests(origin, report), origin.indexes());
        var subject = new Provenance.Subject(
                request.reference(), request.overrides(), policy, report.labels(), image, source);
        var provenance = new Provenance(programs, directory).statement(subject, started, clock.instant());
        var record = new ImageRecord(
                image,
                source,
                report.contents(),
                report.config(),
                Digest.of(provenance),
                started.truncatedTo(ChronoUnit.SECONDS));
        return store.publish(request.name(), request.replace(), draft, steps.image(), record, provenance);
    }

    private static SequencedMap<String, Digest> digests(Origin origin, FlatteningReport report) throws ImageException {
        if (origin.digests().isEmpty() == report.tree().isEmpty()) {
            throw new ImageException("sandbox_broken", "the flattening's report is about another source");
        }
        var digests = new LinkedHashMap<>(origin.digests());
        report.tree().ifPresent(tree -> digests.put("tree", tree));
        return digests;
    }

    private Origin fetch(Request request, Path directory) throws ImageException, IOException {
        var transport = new Transport(new Skopeo(programs, options(request, directory), directory), directory);
        var fetched = switch (request.reference()) {
            case Reference.Registry registry -> Optional.of(transport.fetch(registry));
            case Reference.Archive archive -> Optional.of(transport.fetch(archive));
            case Reference.Layout layout -> Optional.of(transport.fetch(layout));
            case Reference.Tree(var tree) -> {
                if (!Files.isDirectory(tree)) {
                    throw new ImageException("image_missing", "no such directory: " + tree);
                }
                yield Optional.<Transport.Fetched>empty();
            }
        };
        return fetched.map(Origin::of)
                .orElseGet(() -> new Origin(request.reference().text(), List.of(), new LinkedHashMap<>()));
    }

    /// Returns the bytes of the largest file, if one of the files is in Zstandard.
    private static OptionalLong zstandard(Path fetched) throws IOException {
        if (!Files.isDirectory(fetched)) {
            return OptionalLong.empty();
        }
        long largest = 0;
        boolean found = false;
        try (var files = Files.list(fetched)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                largest = Math.max(largest, Files.size(file));
                found |= Blobs.isZstandard(file);
            }
        }
        return found ? OptionalLong.of(largest) : OptionalLong.empty();
    }

    private static Skopeo.Options options(Request request, Path directory) {
        return request.options().with(directory.resolve(POLICY));
    }
}
