package dev.mvm.image.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.image.ImageException;
import dev.mvm.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Brings one image into the scratch directory: manifest, configuration and layers, each as the source has it. No
/// digest of a blob is compared here, for that reads what others wrote; see [Blobs].
public final class Transport {
    /// Directory of the image in the scratch directory.
    public static final String FETCHED = "fetched";

    private static final String LAYOUT = "layout";

    private final Skopeo skopeo;
    private final Path scratch;

    public Transport(Skopeo skopeo, Path scratch) {
        this.skopeo = skopeo;
        this.scratch = scratch;
    }

    /// An image that has come.
    ///
    /// @param pinned the reference, by digest where the source has digests
    public record Fetched(Selection selection, String pinned) {}

    /// Fetches an image of a registry.
    ///
    /// @throws ImageException a code of [Selection], [Skopeo] or [Manifest]
    public Fetched fetch(Reference.Registry reference) throws ImageException, IOException {
        var document = skopeo.manifest(reference);
        var digest = Digest.of(document);
        if (reference.digest().isPresent() && !reference.digest().get().equals(digest)) {
            throw new ImageException(
                    "digest_differs", "the registry sends a manifest of digest " + digest.text() + " instead");
        }
        var selection = Selection.from(document, descriptor -> skopeo.manifest(reference.at(descriptor.digest())));
        var source = "docker://" + reference.at(selection.image().digest()).text();
        skopeo.copy(source, FETCHED, selection.image().largest());
        return new Fetched(same(selection), reference.at(digest).text());
    }

    /// Fetches the image of an archive.
    ///
    /// @throws ImageException as the other [#fetch]
    public Fetched fetch(Reference.Archive reference) throws ImageException, IOException {
        if (!Files.isRegularFile(reference.file())) {
            throw new ImageException("image_missing", "no such file: " + reference.file());
        }
        skopeo.copy("docker-archive:" + reference.file(), FETCHED, Blobs.mostUnpacked(Files.size(reference.file())));
        if (!(Manifest.read(manifest()) instanceof Manifest.Image image)) {
            throw new ImageException("manifest_invalid", "the archive holds an index");
        }
        return new Fetched(new Selection(image, List.of()), reference.text());
    }

    /// Fetches an image of a layout.
    ///
    /// @throws ImageException as the other [#fetch]
    public Fetched fetch(Reference.Layout reference) throws ImageException, IOException {
        var directory = reference.directory();
        if (!Files.isRegularFile(directory.resolve("oci-layout"))) {
            throw new ImageException("image_missing", directory + " is no OCI layout: it has no file oci-layout");
        }
        var selection = Selection.ofLayout(
                file(directory.resolve("index.json")), reference.name(), descriptor -> blob(directory, descriptor));
        demandBlobs(directory, selection.image());
        skopeo.copy(
                "oci:" + layoutOf(directory, selection),
                FETCHED,
                selection.image().largest());
        return new Fetched(same(selection), reference.text());
    }

    /// skopeo would wait at a pipe, and read a device without an end.
    private static void demandBlobs(Path directory, Manifest.Image image) throws ImageException {
        demandFile(blobPath(directory, image.config().digest()));
        for (var layer : image.layers()) {
            demandFile(blobPath(directory, layer.digest()));
        }
    }

    private static void demandFile(Path path) throws ImageException {
        if (!Files.isRegularFile(path)) {
            throw new ImageException(
                    "image_missing",
                    "the source has no file "
                            + Optional.ofNullable(path.getFileName()).orElse(path));
        }
    }

    /// skopeo follows no index within an index of a layout. It gets a layout with the one manifest, over the same
    /// blobs.
    private String layoutOf(Path directory, Selection selection) throws IOException {
        var layout = Files.createDirectory(scratch.resolve(LAYOUT));
        var digest = selection.image().digest();
        var size = Files.size(blobPath(directory, digest));
        var entry = Json.object()
                .put("mediaType", selection.image().mediaType())
                .put("digest", digest.text())
                .put("size", size)
                .end();
        var index = Json.object()
                .put("schemaVersion", 2)
                .put("manifests", List.of(entry))
                .end();
        Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}", UTF_8);
        Files.write(layout.resolve("index.json"), index.bytes());
        Files.createSymbolicLink(layout.resolve("blobs"), directory.resolve("blobs"));
        return LAYOUT;
    }

    /// The source may have changed between choice and copy, or skopeo may have chosen another image.
    private Selection same(Selection selection) throws ImageException, IOException {
        var copied = Digest.of(manifest());
        if (!copied.equals(selection.image().digest())) {
            throw new ImageException(
                    "source_changed", "the source changed while it was copied: a manifest of digest " + copied.text());
        }
        return selection;
    }

    private byte[] manifest() throws ImageException, IOException {
        return file(scratch.resolve(FETCHED).resolve("manifest.json"));
    }

    private static byte[] blob(Path directory, Descriptor descriptor) throws ImageException, IOException {
        return file(blobPath(directory, descriptor.digest()));
    }

    private static Path blobPath(Path directory, Digest digest) {
        return directory.resolve("blobs/sha256").resolve(digest.hex());
    }

    private static byte[] file(Path path) throws ImageException, IOException {
        demandFile(path);
        try (var in = Files.newInputStream(path)) {
            var bytes = in.readNBytes(Manifest.LONGEST + 1);
            if (bytes.length > Manifest.LONGEST) {
                throw new ImageException("manifest_invalid", path.getFileName() + " has more than 4 MiB");
            }
            return bytes;
        }
    }
}
