package dev.mvm.protocol.trust.authoring;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.Revision;
import java.util.List;
import java.util.Optional;

/// A revision with the parts that nodes do not read; docs/protocol/revision.md. It is not signed: its SHA-256 is its
/// name, in grants and states.
///
/// @param provenance digest of the statement that says how the image was made
public record RevisionDocument(Revision revision, Source source, Optional<Digest> provenance) {
    private static final int MAX_INDEXES = 16;

    /// Source of a revision.
    public sealed interface Source {
        /// A container image.
        ///
        /// @param manifest of the image
        /// @param indexes that led to it, the outermost first
        record Container(Digest manifest, List<Digest> indexes) implements Source {
            public Container {
                indexes = List.copyOf(indexes);
            }
        }

        /// A directory.
        ///
        /// @param tree of its files
        record Tree(Digest tree) implements Source {}

        /// A flake.
        ///
        /// @param reference 1 to 512 printable ASCII characters without spaces
        /// @param lock SHA-256 of the bytes of `flake.lock`, which make the reference mean one thing
        record Flake(String reference, Digest lock) implements Source {
            private static final int LONGEST = 512;

            public Flake {
                boolean plain = reference.chars().allMatch(c -> c > ' ' && c < 0x7f);
                if (reference.isEmpty() || reference.length() > LONGEST || !plain) {
                    throw new IllegalArgumentException(
                            "invalid flake reference: want 1 to 512 printable ASCII characters without spaces");
                }
            }
        }
    }

    /// The document: indented, because people read it before they sign its digest.
    public byte[] bytes() {
        var json = Json.object().put("format", Revision.FORMAT);
        revision.image().ifPresent(image -> json.put("image", json(image)));
        json.put("runtime", AuthoringShapes.runtime(revision.runtime()));
        json.put("source", json(source));
        provenance.ifPresent(digest -> json.put("provenance", digest.value()));
        return Indented.text(json.end()).getBytes(UTF_8);
    }

    /// The revision's name.
    public Digest digest() {
        return Digest.of(bytes());
    }

    private static Json json(Revision.Image image) {
        return Json.object()
                .put("sha256", image.file().value())
                .put("bytes", image.bytes())
                .put("data_blocks", image.dataBlocks())
                .put("root_hash", image.rootHash().value())
                .put("salt", image.salt())
                .end();
    }

    private static Json json(Source source) {
        return switch (source) {
            case Source.Container(var manifest, var indexes) ->
                Json.object()
                        .put("manifest", manifest.value())
                        .put(
                                "indexes",
                                indexes.stream()
                                        .map(each -> Json.of(each.value()))
                                        .toList())
                        .end();
            case Source.Tree(var tree) ->
                Json.object().put("tree", tree.value()).end();
            case Source.Flake(var reference, var lock) ->
                Json.object().put("flake", reference).put("lock", lock.value()).end();
        };
    }

    /// Reads a document as [#bytes] writes it.
    ///
    /// @throws JsonException if it is no revision, or is spelled in another way, which would give it another digest
    public static RevisionDocument read(byte[] document) throws JsonException {
        var revision = Revision.parse(document);
        var members = Json.parseObject(document, JsonLimits.signed(Revision.MAX_BYTES))
                .fields();
        var read = new RevisionDocument(
                revision,
                members.object("source", RevisionDocument::source),
                members.has("provenance") ? Optional.of(members.parsed("provenance", Digest::new)) : Optional.empty());
        if (!Digest.of(document).equals(read.digest())) {
            throw new JsonException("the revision is not written as mvm writes it");
        }
        return read;
    }

    private static Source source(JsonFields fields) throws JsonException {
        if (fields.has("flake")) {
            return new Source.Flake(fields.string("flake"), fields.parsed("lock", Digest::new));
        }
        return fields.has("tree")
                ? new Source.Tree(fields.parsed("tree", Digest::new))
                : new Source.Container(
                        fields.parsed("manifest", Digest::new), fields.strings("indexes", MAX_INDEXES, Digest::new));
    }
}
