package dev.mvm.protocol.trust;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Digest;
import dev.mvm.model.GuestRuntime;
import java.util.Optional;

/// A revision: image and runtime that instances of a pool boot. The document has no signature, for grants and states
/// name it by its SHA-256, and travels like an artefact; docs/protocol/revision.md. Its source and provenance are in
/// it, too, for people: a node reads neither.
///
/// @param image the root of the guest, empty for a guest that lives in its initramfs
public record Revision(Optional<Image> image, GuestRuntime runtime) {
    /// Most bytes of a document.
    public static final int MAX_BYTES = 64 * 1024;

    /// The member `format` of every document.
    public static final String FORMAT = "mvm-revision-1";

    /// A disk that is read-only: a file system, and behind it the dm-verity tree that the guest compares each read
    /// with.
    ///
    /// @param file of all of it
    /// @param bytes of all of it
    /// @param dataBlocks blocks of 4096 bytes before the tree
    /// @param rootHash root of the tree
    /// @param salt of the tree, [#SALT]
    public record Image(Digest file, long bytes, long dataBlocks, Digest rootHash, String salt) {
        /// The salt of every image's tree, which guests assume: SHA-256 of `mvm image salt 1`;
        /// docs/protocol/guest-init.md.
        public static final String SALT = "be5a885a81f51e223b869a15709c935242eaab24802bc5b66b86fc2ec2361947";

        private static final int BLOCK = 4096;

        public Image {
            if (!salt.equals(SALT)) {
                throw new IllegalArgumentException("want salt " + SALT);
            }
            if (dataBlocks < 1 || dataBlocks >= bytes / BLOCK || bytes % BLOCK != 0) {
                throw new IllegalArgumentException(
                        "an image of " + bytes + " bytes, " + dataBlocks + " blocks of them before its tree");
            }
        }
    }

    /// Reads a document.
    ///
    /// @throws JsonException if it is no revision
    public static Revision parse(byte[] document) throws JsonException {
        return Json.parseObject(document, JsonLimits.signed(MAX_BYTES)).read(fields -> {
            if (!fields.string("format").equals(FORMAT)) {
                throw new JsonException("want format " + FORMAT);
            }
            fields.optional("source"); // for people, as is the next
            fields.optional("provenance");
            return new Revision(
                    fields.optionalObject("image", Revision::image), fields.object("runtime", JsonShapes::runtime));
        });
    }

    private static Image image(JsonFields fields) throws JsonException {
        return new Image(
                fields.parsed("sha256", Digest::new),
                fields.integer("bytes", 1, Long.MAX_VALUE),
                fields.integer("data_blocks", 1, Long.MAX_VALUE),
                fields.parsed("root_hash", Digest::new),
                fields.string("salt"));
    }
}
