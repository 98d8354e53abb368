package dev.mvm.cli.command;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Notices of expiry for signed documents. An expired document freezes its subject: nothing new starts.
final class Expiry {
    private Expiry() {}

    /// Returns a notice about a document that has expired or soon will; empty if it is too early for one.
    ///
    /// @param what name of the document, such as "the trust root"
    /// @param expires time in RFC 3339, or empty if the document does not exist
    /// @param notice time before the expiry at which notices begin
    static Optional<String> notice(String what, String expires, Instant now, Duration notice) {
        if (expires.isEmpty()) {
            return Optional.empty();
        }
        var end = Instant.parse(expires);
        if (!now.isBefore(end)) {
            return Optional.of(what + " expired at " + expires + ": nothing new starts until it is replaced");
        }
        var left = Duration.between(now, end);
        return left.compareTo(notice) < 0
                ? Optional.of(what + " expires at " + expires + ", in " + shown(left))
                : Optional.empty();
    }

    private static String shown(Duration left) {
        if (left.toDays() > 1) {
            return left.toDays() + " days";
        }
        return left.toHours() > 1 ? left.toHours() + " hours" : Math.max(1, left.toMinutes()) + " min";
    }
}
