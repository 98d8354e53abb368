package dev.mvm.hostd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// One line for each thing worth knowing, on standard error; sd-daemon(3) for the level in front of it. The journal
/// stamps its lines; elsewhere we do.
final class Journal {
    private static final boolean STAMPED = System.getenv("JOURNAL_STREAM") != null;
    static final Path OUT_OF_SERVICE = Path.of("/run/mvm/hostd.out-of-service");
    private static final int MOST = 500;

    private Journal() {}

    static void info(String text) {
        line("<6>", text);
    }

    static void error(String text) {
        line("<3>", text);
    }

    /// Writes the reasons for which hostd does not run, one a line, to a file that the agent may read; empty once it
    /// runs.
    static synchronized void outOfService(Path file, String why) {
        try {
            Files.write(file, why.lines().map(Journal::oneLine).toList(), US_ASCII, WRITE, TRUNCATE_EXISTING);
        } catch (IOException _) {
            // a hardened node's installation makes that file; without it, only the journal has the reasons
        }
    }

    /// Printable ASCII, not too much of it.
    static String oneLine(String text) {
        return (text.length() > MOST ? text.substring(0, MOST) + "..." : text).replaceAll("[^ -~]", "?");
    }

    private static void line(String level, String text) {
        var shown = oneLine(text);
        System.err.println(STAMPED ? level + shown : Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + shown);
    }
}
