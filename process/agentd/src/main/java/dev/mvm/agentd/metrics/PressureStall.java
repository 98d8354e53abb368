package dev.mvm.agentd.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/// Pressure stall information of the kernel. A hardened node hides it from the agent, and a kernel may be built
/// without it.
///
/// @param directory `/proc/pressure`, or a directory with files of that format
record PressureStall(Path directory) {
    private static final double MICROS = 1_000_000;

    /// The line that begins with this word.
    enum Kind {
        SOME("some"),
        FULL("full");

        private final Pattern total;

        Kind(String word) {
            this.total = Pattern.compile("(?m)^" + word + " .*\\btotal=([0-9]{1,18})$");
        }
    }

    /// Seconds since the kernel started.
    ///
    /// @param resource `cpu`, `memory` or `io`
    OptionalDouble seconds(String resource, Kind kind) {
        try {
            var found = kind.total.matcher(Files.readString(directory.resolve(resource)));
            return found.find() ? OptionalDouble.of(Long.parseLong(found.group(1)) / MICROS) : OptionalDouble.empty();
        } catch (IOException e) {
            return OptionalDouble.empty();
        }
    }
}
