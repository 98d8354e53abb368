package dev.mvm.image.source;

import dev.mvm.image.ImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The one image of a source that a linux/amd64 machine runs, and the indexes on the way to it.
///
/// @param indexes digests of the indexes that were followed, outermost first
public record Selection(Manifest.Image image, List<Digest> indexes) {
    /// Indexes within an index that are followed.
    private static final int DEPTH = 2;

    private static final String NAME = "org.opencontainers.image.ref.name";

    /// Gives the bytes of a manifest that an index names.
    @FunctionalInterface
    public interface Fetching {
        byte[] fetch(Descriptor descriptor) throws ImageException, IOException;
    }

    /// Follows indexes from a document on.
    ///
    /// @throws ImageException `platform_missing`, `image_ambiguous`, `index_too_deep`, `digest_differs`,
    ///     `size_differs`, or a code of [Manifest#read]
    public static Selection from(byte[] document, Fetching fetching) throws ImageException, IOException {
        var indexes = new ArrayList<Digest>();
        var manifest = Manifest.read(document);
        while (manifest instanceof Manifest.Index index) {
            if (indexes.size() > DEPTH) {
                throw new ImageException("index_too_deep", "indexes lie more than " + DEPTH + " deep in an index");
            }
            indexes.add(index.digest());
            manifest = Manifest.read(checked(choose(index), fetching));
        }
        return new Selection((Manifest.Image) manifest, List.copyOf(indexes));
    }

    /// Finds an image of a layout by its name; without a name there may be one only.
    ///
    /// @param top `index.json` of the layout
    public static Selection ofLayout(byte[] top, Optional<String> name, Fetching fetching)
            throws ImageException, IOException {
        if (!(Manifest.read(top) instanceof Manifest.Index index)) {
            throw new ImageException("manifest_invalid", "index.json of the layout is no index");
        }
        var found = index.entries().stream()
                .filter(entry -> !entry.isAttestation())
                .filter(entry ->
                        name.isEmpty() || name.get().equals(entry.annotations().get(NAME)))
                .toList();
        if (found.isEmpty()) {
            throw new ImageException(
                    "image_missing",
                    "the layout has no image"
                            + name.map(each -> " named " + each).orElse(""));
        }
        if (found.size() > 1) {
            throw new ImageException(
                    "image_ambiguous", "the layout has several images; name one: oci:DIR:NAME, of " + names(found));
        }
        return from(checked(found.getFirst(), fetching), fetching);
    }

    private static Descriptor choose(Manifest.Index index) throws ImageException {
        var images =
                index.entries().stream().filter(entry -> !entry.isAttestation()).toList();
        var wanted = images.stream()
                .filter(entry ->
                        entry.platform().isEmpty() || entry.platform().get().isWanted())
                .toList();
        if (wanted.isEmpty()) {
            throw new ImageException(
                    "platform_missing", "the index has no linux/amd64 image, but " + platforms(images));
        }
        if (wanted.size() > 1) {
            throw new ImageException(
                    "image_ambiguous",
                    "the index has " + wanted.size() + " linux/amd64 images; name one by its digest");
        }
        return wanted.getFirst();
    }

    private static String platforms(List<Descriptor> images) {
        var text = images.stream()
                .map(each -> each.platform().map(Descriptor.Platform::text).orElse(""))
                .limit(12)
                .collect(Collectors.joining(", "));
        return text.isEmpty() ? "nothing" : text;
    }

    private static String names(List<Descriptor> found) {
        return found.stream()
                .map(each -> MediaTypes.shown(each.annotations().getOrDefault(NAME, "(without a name)")))
                .limit(12)
                .collect(Collectors.joining(", "));
    }

    private static byte[] checked(Descriptor descriptor, Fetching fetching) throws ImageException, IOException {
        if (descriptor.size() > Manifest.LONGEST) {
            throw new ImageException("manifest_invalid", "a manifest of more than 4 MiB");
        }
        var bytes = fetching.fetch(descriptor);
        if (!Digest.of(bytes).equals(descriptor.digest())) {
            throw new ImageException(
                    "digest_differs",
                    "a manifest is not the one that its index names, "
                            + descriptor.digest().text());
        }
        if (bytes.length != descriptor.size()) {
            throw new ImageException(
                    "size_differs",
                    "a manifest has " + bytes.length + " bytes, and its index says " + descriptor.size());
        }
        return bytes;
    }
}
