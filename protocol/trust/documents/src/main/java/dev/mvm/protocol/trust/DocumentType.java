package dev.mvm.protocol.trust;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;

/// A kind of signed document. The type is part of what is signed, so one can never pass for another, nor one schema
/// for another.
///
/// @param word the kind's own part of the `payloadType`
/// @param oldest the oldest schema of this kind that is read
/// @param newest the newest schema of this kind
/// @param maxBytes most bytes that a payload of this kind may have
public record DocumentType(String word, int oldest, int newest, int maxBytes) {
    public static final DocumentType ROOT = new DocumentType("root", 1, 2, 64 * 1024);
    public static final DocumentType GRANT = new DocumentType("grant", 3, 3, 256 * 1024);
    public static final DocumentType NODE_STATE = new DocumentType("node-state", 3, 3, 1024 * 1024);
    public static final DocumentType TREE_HEAD = new DocumentType("tree-head", 1, 1, 1024);

    /// The `payloadType` of an envelope with a document of the newest schema.
    public String mediaType() {
        return mediaType(newest);
    }

    /// The `payloadType` of an envelope with a document of this schema.
    ///
    /// @param schema the oldest to the newest of this kind
    public String mediaType(int schema) {
        return "application/vnd.mvm." + word + ".v" + schema + "+json";
    }

    /// Returns the schema that a `payloadType` says, or 0 if it is not one of this kind.
    int schema(String mediaType) {
        for (int schema = oldest; schema <= newest; schema++) {
            if (mediaType(schema).equals(mediaType)) {
                return schema;
            }
        }
        return 0;
    }

    /// Returns the contents of a payload of this kind and schema without verification.
    ///
    /// @throws JsonException if it is anything else
    public <T> T read(byte[] payload, int schema, JsonFields.Reading<JsonFields, T> reading) throws JsonException {
        return Json.parseObject(payload, JsonLimits.signed(maxBytes)).read(fields -> {
            fields.integer("schema", schema, schema);
            return reading.of(fields);
        });
    }

    /// Most bytes that an envelope of this kind may have: the payload in Base64 and room for signatures.
    public int maxEnvelopeBytes() {
        return maxBytes / 3 * 4 + 16 * 1024;
    }
}
