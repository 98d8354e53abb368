package dev.mvm.protocol.trust;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;

/// Moments in signed documents: RFC 3339 in UTC with whole seconds, `2026-01-31T12:00:00Z`, and no other spelling.
public final class Rfc3339 {
    private static final int LENGTH = "2026-01-31T12:00:00Z".length();

    private Rfc3339() {}

    /// Reads a moment.
    ///
    /// @throws IllegalArgumentException for any other spelling
    public static Instant parse(String text) {
        try {
            if (text.length() == LENGTH) {
                var moment = Instant.parse(text);
                if (moment.toString().equals(text)) {
                    return moment;
                }
            }
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("not a moment: want the form 2026-01-31T12:00:00Z", e);
        }
        throw new IllegalArgumentException("not a moment: want the form 2026-01-31T12:00:00Z");
    }

    /// Writes a moment, cut to whole seconds.
    public static String format(Instant moment) {
        return moment.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
