package dev.mvm.netd;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// Writes log lines to standard error, with the level in front as in sd-daemon(3). The journal stamps its lines;
/// without a journal this class does.
final class NetdJournal {
    private static final boolean STAMPED = System.getenv("JOURNAL_STREAM") != null;

    private NetdJournal() {}

    static void error(String text) {
        var shown = text.replaceAll("[^ -~]", "?");
        System.err.println(STAMPED ? "<3>" + shown : Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + shown);
    }
}
