package dev.mvm.keyd.release;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;

/// New pairs of tenant and node that may still be made: a bucket that fills by so many an hour. It is on disk, so that
/// a
/// restart does not fill it. Not thread-safe.
final class Rations {
    static final String FILE = "rations.json";

    /// Parts of a token, so that a bucket that is asked often fills as fast as one that is asked seldom.
    private static final long PARTS = 3600;

    private final StateFiles files;
    private final int perHour;
    private final long most;
    private long parts;
    private Instant filled;

    Rations(StateFiles files, int perHour, int burst) throws IOException {
        this.files = files;
        this.perHour = perHour;
        this.most = burst * PARTS;
        this.parts = most;
        this.filled = Instant.EPOCH;
        var content = files.all().get(FILE);
        if (content != null) {
            try {
                Json.parseObject(content, JsonLimits.signed(1024)).read(fields -> {
                    parts = Math.min(most, fields.integer("parts", 0, 1L << 32));
                    filled = Instant.ofEpochSecond(fields.integer("filled", 0, 1L << 36));
                    return parts;
                });
            } catch (JsonException e) {
                throw new IOException(FILE + " is damaged: " + e.getMessage());
            }
        }
    }

    /// Takes one; when this returns, that is on disk.
    ///
    /// @return whether there was one
    boolean take(Instant now) throws IOException {
        long passed = Math.max(0, Duration.between(filled, now).toSeconds());
        long more = Math.min(passed, most / perHour + 1) * perHour;
        parts = Math.min(most, parts + more);
        filled = filled.plusSeconds(passed);
        if (parts < PARTS) {
            return false;
        }
        parts -= PARTS;
        files.put(
                FILE,
                Json.object()
                        .put("parts", parts)
                        .put("filled", filled.getEpochSecond())
                        .end()
                        .bytes());
        return true;
    }
}
