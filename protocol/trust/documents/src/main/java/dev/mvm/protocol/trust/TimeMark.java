package dev.mvm.protocol.trust;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import java.time.Duration;
import java.time.Instant;

/// The moment before which it cannot be now, by what states have said and by how long this node has been up since: time
/// that goes on whatever its clock is set to.
///
/// @param issuedAt the latest moment that a state said it was issued at
/// @param lived seconds that have passed since then, as far as the node has measured them
/// @param uptime how long the node was up then, in seconds; negative as long as it is unknown
/// @param seen the latest moment at which a state was in force, as this node's clock had it
public record TimeMark(Instant issuedAt, long lived, long uptime, Instant seen) {
    /// Nothing is known of the time.
    public static final TimeMark NONE = since(Instant.EPOCH, -1);

    private static final long MAX_SECONDS = 1L << 36; // two thousand years

    static TimeMark since(Instant issuedAt, long uptime) {
        return new TimeMark(issuedAt, 0, uptime, Instant.EPOCH);
    }

    /// The moment that was reached by states and uptime alone.
    public Instant reached() {
        return issuedAt.plusSeconds(lived);
    }

    /// The present as far as this node may believe its clock.
    public Instant now(Instant clock) {
        return later(clock, later(reached(), seen));
    }

    /// This mark when the node is up for `nowUp` seconds and its clock shows `clock`.
    ///
    /// @param end of the state in force: a clock that was far ahead leaves no trace in states that follow
    /// @param seenGoesOn whether time passes for [#seen], too
    public TimeMark at(long nowUp, Instant clock, Instant end, boolean seenGoesOn) {
        long sinceBoot = nowUp < uptime ? nowUp : nowUp - uptime; // it was up for longer: it has booted since
        long passed = uptime < 0 ? 0 : sinceBoot;
        var next = new TimeMark(issuedAt, lived + passed, nowUp, seen);
        var now = later(next.now(clock), seen.plusSeconds(seenGoesOn ? passed : 0));
        return new TimeMark(issuedAt, next.lived, nowUp, later(seen, now.isBefore(end) ? now : end));
    }

    /// This mark after a state that was issued at `moment`.
    TimeMark raisedTo(Instant moment) {
        return moment.isAfter(issuedAt)
                ? new TimeMark(
                        moment, Math.max(0, Duration.between(moment, reached()).toSeconds()), uptime, seen)
                : this;
    }

    /// This mark when a signer whose word counts has said that it is `moment` or later.
    public TimeMark notBefore(Instant moment) {
        return new TimeMark(issuedAt, lived, uptime, later(seen, moment));
    }

    static TimeMark read(JsonFields fields) throws JsonException {
        return new TimeMark(
                fields.parsed("issued_at", Rfc3339::parse),
                fields.has("lived") ? fields.integer("lived", 0, MAX_SECONDS) : 0,
                fields.has("uptime") ? fields.integer("uptime", 0, MAX_SECONDS) : -1,
                fields.has("seen") ? fields.parsed("seen", Rfc3339::parse) : Instant.EPOCH);
    }

    void write(Json.Builder json) {
        json.put("issued_at", Rfc3339.format(issuedAt)).put("lived", lived);
        if (uptime >= 0) {
            json.put("uptime", uptime);
        }
        json.put("seen", Rfc3339.format(seen));
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }
}
