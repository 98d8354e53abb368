package dev.mvm.guestd;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// One line for each thing worth knowing, on standard error; sd-daemon(3) for the level in front of it. The journal
/// stamps its lines; elsewhere we do.
final class GuestdJournal {
    private static final boolean STAMPED = System.getenv("JOURNAL_STREAM") != null;

    private GuestdJournal() {}

    static void info(String text) {
        line("<6>", text);
    }

    static void error(String text) {
        line("<3>", text);
    }

    private static void line(String level, String text) {
        var shown = text.replaceAll("[^ -~]", "?");
        System.err.println(STAMPED ? level + shown : Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + shown);
    }
}
