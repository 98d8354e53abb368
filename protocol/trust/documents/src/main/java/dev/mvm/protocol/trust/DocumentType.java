package dev.mvm.protocol.trust;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;

/// The kinds of signed document. The type is part of what is signed, so one can never pass for another.
public enum DocumentType {
    ROOT("application/vnd.mvm.root.v1+json", 64 * 1024),
    GRANT("application/vnd.mvm.grant.v1+json", 256 * 1024),
    NODE_STATE("application/vnd.mvm.node-state.v1+json", 1024 * 1024),
    TREE_HEAD("application/vnd.mvm.tree-head.v1+json", 1024);

    private final String mediaType;
    private final int maxBytes;

    DocumentType(String mediaType, int maxBytes) {
        this.mediaType = mediaType;
        this.maxBytes = maxBytes;
    }

    /// The `payloadType` of the envelope.
    public String mediaType() {
        return mediaType;
    }

    /// Most bytes that a payload of this kind may have.
    public int maxBytes() {
        return maxBytes;
    }

    /// Returns the contents of a payload of this kind without verification; its schema is 1.
    ///
    /// @throws JsonException if it is anything else
    <T> T read(byte[] payload, JsonFields.Reading<JsonFields, T> reading) throws JsonException {
        return Json.parseObject(payload, JsonLimits.signed(maxBytes)).read(fields -> {
            fields.integer("schema", 1, 1);
            return reading.of(fields);
        });
    }

    /// Most bytes that an envelope of this kind may have: the payload in Base64 and room for signatures.
    public int maxEnvelopeBytes() {
        return maxBytes / 3 * 4 + 16 * 1024;
    }
}
