package dev.mvm.keyd.audit;

import dev.mvm.json.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// Something that keyd did or refused, before it has its place in the audit.
///
/// @param action a word, such as `release`
/// @param tenant whom it is about, or empty
/// @param node whom it is about, or empty
/// @param reason a code, or empty
/// @param detail for people
public record AuditEntry(String action, String tenant, String node, Result result, String reason, String detail) {
    /// Most characters of a text; parts of it may be made up by who was refused.
    static final int MAX_TEXT = 300;

    /// The outcome.
    public enum Result {
        /// It was done.
        DONE("done"),
        /// It was refused, as happens.
        REFUSED("refused"),
        /// Somebody should look at it.
        ALARM("alarm");

        private final String word;

        Result(String word) {
            this.word = word;
        }

        /// The word for it in records.
        public String word() {
            return word;
        }
    }

    /// Something that was done.
    public static AuditEntry done(String action, String tenant, String node, String detail) {
        return new AuditEntry(action, tenant, node, Result.DONE, "", detail);
    }

    /// Something that was refused.
    public static AuditEntry refused(
            String action, String tenant, String node, String reason, boolean alarm, String detail) {
        return new AuditEntry(action, tenant, node, alarm ? Result.ALARM : Result.REFUSED, reason, detail);
    }

    /// The record's members, in their order.
    ///
    /// @param count how often the very same was refused within the hour, this time included
    /// @param previous hash of the line before
    Json.Obj json(long sequence, Instant time, long count, String previous) {
        return Json.object()
                .put("schema", 1)
                .put("seq", sequence)
                .put("time", time.truncatedTo(ChronoUnit.SECONDS).toString())
                .put("action", action)
                .put("tenant", shown(tenant))
                .put("node", shown(node))
                .put("result", result.word)
                .put("reason", shown(reason))
                .put("detail", shown(detail))
                .put("count", count)
                .put("prev", previous)
                .end();
    }

    private static String shown(String text) {
        return text.substring(0, Math.min(text.length(), MAX_TEXT)).replaceAll("[^ -~]", "?");
    }
}
