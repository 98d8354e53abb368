package dev.mvm.agentd;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// Log lines on standard error. The journal adds the time; without it, this class does.
final class AgentLog {
    private static final boolean JOURNAL = System.getenv("JOURNAL_STREAM") != null;

    private AgentLog() {}

    static void line(String text) {
        var shown = text.replaceAll("[^ -~]", "?");
        System.err.println(JOURNAL ? shown : Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + shown);
    }
}
