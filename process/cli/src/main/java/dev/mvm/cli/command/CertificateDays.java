package dev.mvm.cli.command;

import java.time.Duration;
import java.time.Instant;

/// The time that a node's certificate is good for, in words.
final class CertificateDays {
    private CertificateDays() {}

    /// @param expires RFC 3339; empty if it is not known
    static String left(String expires) {
        if (expires.isEmpty()) {
            return "";
        }
        long days = Duration.between(Instant.now(), Instant.parse(expires)).toDays();
        return days + (days == 1 ? " day" : " days") + " left, until " + expires;
    }
}
