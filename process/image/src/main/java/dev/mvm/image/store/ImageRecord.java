package dev.mvm.image.store;

import dev.mvm.image.source.Digest;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// Everything about an image but its bytes; docs/protocol/image.md has the format.
///
/// @param config `/.mvm/config` of the image
/// @param provenance digest of the statement on how it was made
/// @param imported seconds matter, parts of them are cut off
public record ImageRecord(
        Image image, Source source, Contents contents, Json.Obj config, Digest provenance, Instant imported) {
    private static final String FORMAT = "mvm-image-1";
    private static final int LONGEST = 4 << 20;

    /// The file: an EROFS file system, and behind it the verity tree.
    ///
    /// @param sha256 of the whole file
    /// @param bytes length of the whole file
    /// @param dataBlocks blocks of 4096 bytes before the tree
    /// @param rootHash root of the tree
    /// @param salt 64 hexadecimal digits
    public record Image(Digest sha256, long bytes, long dataBlocks, Digest rootHash, String salt) {
        /// Bytes of a block of the file system and of the tree.
        public static final int BLOCK = 4096;

        Json.Obj json() {
            return Json.object()
                    .put("sha256", sha256.hex())
                    .put("bytes", bytes)
                    .put("data_blocks", dataBlocks)
                    .put("root_hash", rootHash.hex())
                    .put("salt", salt)
                    .end();
        }

        static Image read(JsonFields fields) throws JsonException {
            return new Image(
                    fields.parsed("sha256", Digest::new),
                    fields.integer("bytes", 1, Long.MAX_VALUE),
                    fields.integer("data_blocks", 1, Long.MAX_VALUE / BLOCK),
                    fields.parsed("root_hash", Digest::new),
                    fields.parsed("salt", text -> new Digest(text).hex()));
        }
    }

    /// The source of the image.
    ///
    /// @param reference by digest, where the source has digests
    /// @param digests `manifest` and `config` of a container image, or `tree` of a directory
    /// @param indexes the indexes that led to the manifest, outermost first
    public record Source(String reference, SequencedMap<String, Digest> digests, List<Digest> indexes) {
        Json.Obj json() {
            var named = Json.object();
            digests.forEach((name, digest) -> named.put(name, digest.text()));
            return Json.object()
                    .put("reference", reference)
                    .put("digests", named.end())
                    .put(
                            "indexes",
                            indexes.stream().map(each -> Json.of(each.text())).toList())
                    .end();
        }

        static Source read(JsonFields fields) throws JsonException {
            var digests = new LinkedHashMap<String, Digest>();
            var members = fields.object("digests").fields();
            for (var name : List.of("manifest", "config", "tree")) {
                if (members.has(name)) {
                    digests.put(name, members.parsed(name, Digest::parse));
                }
            }
            members.end();
            if (digests.containsKey("manifest") == digests.containsKey("tree")) {
                throw new JsonException("the source has either a manifest or a tree");
            }
            return new Source(fields.string("reference"), digests, fields.strings("indexes", 16, Digest::parse));
        }
    }

    /// The image's files.
    ///
    /// @param entries files, directories and links
    /// @param bytes of all files
    /// @param dropped what no image takes along, by its kind
    public record Contents(long entries, long bytes, SequencedMap<String, Long> dropped) {
        Json.Obj json() {
            var counts = Json.object();
            dropped.forEach(counts::put);
            return Json.object()
                    .put("entries", entries)
                    .put("bytes", bytes)
                    .put("dropped", counts.end())
                    .end();
        }

        static Contents read(JsonFields fields) throws JsonException {
            var dropped = new LinkedHashMap<String, Long>();
            long entries = fields.integer("entries", 0, Long.MAX_VALUE);
            long bytes = fields.integer("bytes", 0, Long.MAX_VALUE);
            var counts = fields.object("dropped");
            for (var kind : counts.members().keySet()) {
                dropped.put(kind, counts.fields().integer(kind, 0, Long.MAX_VALUE));
            }
            return new Contents(entries, bytes, dropped);
        }
    }

    /// The record as a document.
    public Json.Obj json() {
        return Json.object()
                .put("format", FORMAT)
                .put("image", image.json())
                .put("source", source.json())
                .put("contents", contents.json())
                .put("config", config)
                .put("provenance", provenance.hex())
                .put("imported_at", imported.toString())
                .end();
    }

    /// Reads a record.
    ///
    /// @throws JsonException if it is not what [#json] writes
    public static ImageRecord read(byte[] bytes) throws JsonException {
        return Json.parseObject(bytes, JsonLimits.foreign(LONGEST)).read(fields -> {
            if (!fields.string("format").equals(FORMAT)) {
                throw new JsonException("the record is of another format");
            }
            return new ImageRecord(
                    fields.object("image", Image::read),
                    fields.object("source", Source::read),
                    fields.object("contents", Contents::read),
                    fields.object("config"),
                    fields.parsed("provenance", Digest::new),
                    fields.parsed("imported_at", ImageRecord::instant));
        });
    }

    private static Instant instant(String text) throws JsonException {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new JsonException("no time: " + e.getMessage());
        }
    }

    /// Returns whether both are the same image of the same source; times may differ.
    boolean isSameAs(ImageRecord other) {
        return image.equals(other.image) && source.equals(other.source);
    }
}
