package dev.mvm.cli.command;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// When a signed document has to be replaced. What has expired freezes: nothing new starts because of it.
final class Expiry {
    private Expiry() {}

    /// What to say about something that expires, if there is anything to say yet.
    ///
    /// @param what as "the trust root"
    /// @param expires RFC 3339, or empty for nothing that could expire
    /// @param notice how long before its end it is worth a word
    static Optional<String> notice(String what, String expires, Instant now, Duration notice) {
        if (expires.isEmpty()) {
            return Optional.empty();
        }
        var end = Instant.parse(expires);
        if (!now.isBefore(end)) {
            return Optional.of(what + " expired at " + expires + ": nothing new starts until there is a newer one");
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
