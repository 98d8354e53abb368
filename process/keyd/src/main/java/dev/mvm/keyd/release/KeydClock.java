package dev.mvm.keyd.release;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/// The time that keyd goes by: never earlier than it was, whatever its machine's clock is set to. Without that, a clock
/// that is set back would put expired documents in force again.
///
/// Thread-safe.
public final class KeydClock implements InstantSource {
    /// The file that holds the latest moment across restarts. Removing it while keyd is stopped makes keyd believe its
    /// machine's clock again.
    public static final String FILE = "clock.json";

    private final StateFiles files;
    private final InstantSource wall;
    private final LongSupplier uptime;

    @GuardedBy("this")
    private Instant seen;

    @GuardedBy("this")
    private long seenAt;

    @GuardedBy("this")
    private Instant kept;

    /// @param uptime seconds on a clock that cannot be set
    public KeydClock(StateFiles files, InstantSource wall, LongSupplier uptime) throws IOException {
        this.files = files;
        this.wall = wall;
        this.uptime = uptime;
        this.seen = read(files.all().get(FILE));
        this.seenAt = uptime.getAsLong();
        this.kept = seen;
    }

    private static Instant read(byte @org.jspecify.annotations.Nullable [] content) throws IOException {
        if (content == null) {
            return Instant.EPOCH;
        }
        try {
            return Instant.ofEpochSecond(Json.parseObject(content, JsonLimits.signed(1024))
                    .read(fields -> fields.integer("seen", 0, 1L << 36)));
        } catch (JsonException e) {
            throw new IOException(FILE + " is damaged: " + e.getMessage());
        }
    }

    @Override
    public synchronized Instant instant() {
        long up = uptime.getAsLong();
        var least = seen.plusSeconds(Math.max(0, up - seenAt));
        var clock = wall.instant();
        seen = clock.isAfter(least) ? clock : least;
        seenAt = up;
        return seen;
    }

    /// Writes the moment down, so that it holds after a restart; at most once a minute.
    public synchronized void keep() throws IOException {
        var now = instant();
        if (now.isAfter(kept.plusSeconds(60))) {
            files.put(
                    FILE, Json.object().put("seen", now.getEpochSecond()).end().bytes());
            kept = now;
        }
    }
}
