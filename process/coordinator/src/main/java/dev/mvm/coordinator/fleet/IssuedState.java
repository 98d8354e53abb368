package dev.mvm.coordinator.fleet;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Digest;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;

/// The last state that was signed for a node. It is kept before it is sent, so that no sequence number is ever used
/// for two states. The state itself is in the log.
///
/// @param digest of the signed bytes
/// @param fingerprint digest of the content without dates and numbers
/// @param index in the log, from 0; empty for a state that is older than the log, which is not sent again
public record IssuedState(
        long sequence, Digest digest, Digest fingerprint, Instant issuedAt, Instant expires, OptionalLong index) {
    static final int MAX_BYTES = 1 << 20;

    IssuedState(JsonFields fields) throws JsonException {
        this(
                fields.integer("sequence", 1, Long.MAX_VALUE),
                fields.parsed("digest", Digest::new),
                fields.parsed("fingerprint", Digest::new),
                fields.parsed("issued_at", Instant::parse),
                fields.parsed("expires", Instant::parse),
                index(fields));
    }

    private static OptionalLong index(JsonFields fields) throws JsonException {
        if (fields.has("index")) {
            return OptionalLong.of(fields.integer("index", 0, Long.MAX_VALUE));
        }
        var _ = fields.string("envelope");
        return OptionalLong.empty();
    }

    /// Returns whether the state has to be replaced even if nothing has changed: half of its life is over.
    public boolean ageing(Instant now) {
        return !now.isBefore(issuedAt.plus(Duration.between(issuedAt, expires).dividedBy(2)));
    }

    Json.Obj json() {
        var json = Json.object()
                .put("sequence", sequence)
                .put("digest", digest.value())
                .put("fingerprint", fingerprint.value())
                .put("issued_at", issuedAt.toString())
                .put("expires", expires.toString());
        index.ifPresentOrElse(at -> json.put("index", at), () -> json.put("envelope", ""));
        return json.end();
    }
}
