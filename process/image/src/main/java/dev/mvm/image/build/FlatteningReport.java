package dev.mvm.image.build;

import dev.mvm.image.config.GuestConfig;
import dev.mvm.image.source.Digest;
import dev.mvm.image.store.ImageRecord.Contents;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/// The findings of the process in the sandbox, as a document in its directory. A process that was taken over writes
/// another: it says nothing about the source but what a directory's tree is, and nothing that a record cannot hold.
///
/// @param tree digest of the canonical tar, for a directory
/// @param labels of the image
/// @param config `/.mvm/config`
record FlatteningReport(
        Optional<Digest> tree, SequencedMap<String, String> labels, Contents contents, Json.Obj config) {
    /// Name of the document.
    static final String FILE = "report.json";

    /// Name of the canonical tar.
    static final String TAR = "image.tar";

    /// The longest report that is read, in bytes.
    static final int LONGEST = 16 << 20;

    private static final Pattern KIND = Pattern.compile("[a-z0-9_]{1,40}");
    private static final int MOST_KINDS = 100;

    byte[] bytes() {
        var out = Json.object();
        tree.ifPresent(digest -> out.put("tree", digest.text()));
        var described = Json.object();
        labels.forEach(described::put);
        var counts = Json.object();
        contents.dropped().forEach(counts::put);
        return out.put("labels", described.end())
                .put("entries", contents.entries())
                .put("bytes", contents.bytes())
                .put("dropped", counts.end())
                .put("config", config)
                .end()
                .bytes();
    }

    static FlatteningReport read(byte[] bytes) throws JsonException {
        return Json.parseObject(bytes, JsonLimits.foreign(LONGEST)).read(fields -> {
            var labels = labels(fields.object("labels"));
            var contents = new Contents(
                    fields.integer("entries", 0, Long.MAX_VALUE),
                    fields.integer("bytes", 0, Long.MAX_VALUE),
                    dropped(fields.object("dropped")));
            var config = fields.object("config");
            if (config.bytes().length > GuestConfig.LONGEST) {
                throw new JsonException("the configuration is too long");
            }
            return new FlatteningReport(
                    fields.has("tree") ? Optional.of(fields.parsed("tree", Digest::parse)) : Optional.empty(),
                    labels,
                    contents,
                    config);
        });
    }

    /// An image may have hundreds of thousands.
    private static SequencedMap<String, String> labels(Json.Obj described) throws JsonException {
        var out = new LinkedHashMap<String, String>();
        for (var label : described.members().entrySet()) {
            if (!(label.getValue() instanceof Json.Str(var text))) {
                throw new JsonException("a label is no text");
            }
            out.put(label.getKey(), text);
        }
        return out;
    }

    private static SequencedMap<String, Long> dropped(Json.Obj counts) throws JsonException {
        var out = new LinkedHashMap<String, Long>();
        for (var kind : counts.members().keySet()) {
            if (!KIND.matcher(kind).matches() || out.size() == MOST_KINDS) {
                throw new JsonException("no kind of what was left out");
            }
            out.put(kind, counts.fields().integer(kind, 0, Long.MAX_VALUE));
        }
        return out;
    }
}
