package dev.mvm.image.build;

import dev.mvm.image.ImageException;
import dev.mvm.image.program.Programs;
import dev.mvm.image.store.ImageName;
import dev.mvm.image.store.ImageStore;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Set;

/// Compares an image of the store with its record, byte by byte.
///
/// Does not guarantee: that the record is the one of the import. Who can write the store can write another image
/// with a record of its own; later a signature will say which image is meant.
public final class Verification {
    private static final String DAMAGED = "image_damaged";

    private final Programs programs;
    private final ImageStore store;

    public Verification(Programs programs, ImageStore store) {
        this.programs = programs;
        this.store = store;
    }

    /// Reads record, provenance and image, and compares them: digests, length, and the verity tree's root.
    ///
    /// @throws ImageException `image_damaged`, `store_damaged`, `image_unknown`
    public void verify(ImageName name) throws ImageException, IOException {
        programs.demand("veritysetup", "bwrap", "prlimit", "setpriv", "unshare", "sha256sum");
        var record = store.get(name);
        store.bytes(record.provenance());
        var image = record.image();
        var file = store.file(image.sha256());
        if (!Files.isRegularFile(file) || Files.size(file) != image.bytes()) {
            throw new ImageException(DAMAGED, name.value() + ": the image's file is missing, or of another length");
        }
        try (var draft = store.draft()) {
            var steps = new Steps(programs, draft);
            if (!steps.sha256(file.toString(), Set.of(file)).equals(image.sha256())) {
                throw new ImageException(DAMAGED, name.value() + ": the image's digest is another; import it again");
            }
            if (!steps.treeAgrees(file, image)) {
                throw new ImageException(
                        DAMAGED, name.value() + ": the image does not agree with the root of its verity tree");
            }
        }
    }
}
