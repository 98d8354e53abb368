package dev.mvm.protocol.snapshot;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Digest;

/// One sealed stream, as a manifest names it.
///
/// @param plainSize bytes in it
/// @param header SHA-256 of its salt and commitment, which no other stream has
public record StreamFacts(long plainSize, Digest header) {
    private static final long MOST = 1L << 43; // more than any guest's memory and its page map

    public StreamFacts {
        if (plainSize < 0 || plainSize > MOST) {
            throw new IllegalArgumentException(plainSize + " bytes in a stream");
        }
    }

    /// Bytes of the whole file.
    public long sealedSize() {
        return Cobblestone.sealedSize(plainSize);
    }

    static StreamFacts read(JsonFields fields) throws JsonException {
        var facts = new StreamFacts(fields.integer("plain_bytes", 0, MOST), fields.parsed("header", Digest::new));
        if (fields.integer("sealed_bytes", 0, Long.MAX_VALUE) != facts.sealedSize()) {
            throw new JsonException("sealed_bytes does not follow from plain_bytes");
        }
        return facts;
    }

    Json json() {
        return Json.object()
                .put("plain_bytes", plainSize)
                .put("sealed_bytes", sealedSize())
                .put("header", header.value())
                .end();
    }
}
