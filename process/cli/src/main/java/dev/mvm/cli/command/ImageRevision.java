package dev.mvm.cli.command;

import dev.mvm.cli.api.Settings;
import dev.mvm.cli.failure.Failure;
import dev.mvm.image.ImageException;
import dev.mvm.image.store.ImageName;
import dev.mvm.image.store.ImageRecord;
import dev.mvm.model.Digest;
import dev.mvm.model.GuestRuntime;
import dev.mvm.protocol.trust.Revision;
import dev.mvm.protocol.trust.authoring.RevisionDocument;
import dev.mvm.protocol.trust.authoring.RevisionDocument.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// A revision of an image of the local store.
///
/// @param image file of the image, if the store has it
/// @param hasVolume whether a data volume would be mounted; true where that is not known
record ImageRevision(RevisionDocument document, Optional<Path> image, boolean hasVolume) {
    /// Finds the image of a revision that was made before.
    static ImageRevision of(RevisionDocument document) throws IOException {
        var image = document.revision().image();
        if (image.isEmpty()) {
            return new ImageRevision(document, Optional.empty(), true);
        }
        var file = ImageCommand.store()
                .file(dev.mvm.image.source.Digest.parse(image.get().file().value()));
        return new ImageRevision(document, Optional.of(file).filter(Files::isRegularFile), true);
    }

    /// Returns the file of the image.
    ///
    /// @throws Failure if the store does not have it
    Path localImage() throws Failure {
        return image.orElseThrow(() ->
                new Failure("the store has no image of this revision's digest; mvm image list shows those there are"));
    }

    /// Makes the revision that boots an image with the kernel and the initramfs of the settings.
    ///
    /// @throws Failure if the store has no such image, or the settings do not name both
    static ImageRevision of(ImageName name, Settings settings) throws Failure, IOException {
        return of(
                name, new GuestRuntime(digest("kernel", settings.kernel()), digest("initramfs", settings.initramfs())));
    }

    private static Digest digest(String setting, Optional<String> value) throws Failure {
        try {
            return new Digest(value.orElseThrow(() -> new Failure("the settings have no '" + setting
                    + "', the digest that revisions of images name; or write one: mvm revision make")));
        } catch (IllegalArgumentException e) {
            throw new Failure("setting '" + setting + "': " + e.getMessage());
        }
    }

    /// Makes the revision that boots an image.
    ///
    /// @throws Failure if the store has no such image
    static ImageRevision of(ImageName name, GuestRuntime runtime) throws Failure, IOException {
        try {
            var store = ImageCommand.store();
            var record = store.get(name);
            var image = record.image();
            var root = new Revision.Image(
                    digest(image.sha256()), image.bytes(), image.dataBlocks(), digest(image.rootHash()), image.salt());
            var document = new RevisionDocument(
                    new Revision(Optional.of(root), runtime),
                    source(record.source()),
                    Optional.of(digest(record.provenance())));
            return new ImageRevision(
                    document,
                    Optional.of(store.file(image.sha256())),
                    record.config().members().containsKey("volume"));
        } catch (ImageException e) {
            throw ImageCommand.failure(e);
        }
    }

    private static Source source(ImageRecord.Source source) {
        var tree = source.digests().get("tree");
        if (tree != null) {
            return new Source.Tree(digest(tree));
        }
        List<Digest> indexes =
                source.indexes().stream().map(ImageRevision::digest).toList();
        var manifest = Objects.requireNonNull(source.digests().get("manifest"));
        return new Source.Container(digest(manifest), indexes);
    }

    private static Digest digest(dev.mvm.image.source.Digest digest) {
        return new Digest(digest.text());
    }
}
