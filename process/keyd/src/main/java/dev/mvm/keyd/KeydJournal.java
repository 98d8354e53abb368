package dev.mvm.keyd;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// Writes log lines to standard error, with the level in front as in sd-daemon(3). The journal stamps its lines;
/// without a journal this class does.
final class KeydJournal {
    private static final boolean STAMPED = System.getenv("JOURNAL_STREAM") != null;
    private static final int MOST = 500;

    private KeydJournal() {}

    static void info(String text) {
        line("<6>", text);
    }

    static void error(String text) {
        line("<3>", text);
    }

    private static void line(String level, String text) {
        var shown = oneLine(text);
        System.err.println(STAMPED ? level + shown : Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + shown);
    }

    /// Printable ASCII, not too much of it.
    static String oneLine(String text) {
        return (text.length() > MOST ? text.substring(0, MOST) + "..." : text).replaceAll("[^ -~]", "?");
    }
}
