package dev.mvm.agentd.idle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/// Memory pressure of this machine: the share of the last ten seconds, in per cent, in which some task waited for
/// memory (PSI, `Documentation/accounting/psi.rst` of the kernel).
@FunctionalInterface
public interface MemoryPressure {
    /// The pressure, 0 to 100; empty if the kernel does not report it.
    OptionalDouble percent();

    /// The pressure as the kernel reports it. A hardened node has only the processes in `/proc`; its unit shows the
    /// file at the other path.
    static MemoryPressure ofMachine() {
        return of(List.of(Path.of("/proc/pressure/memory"), Path.of("/sys/fs/cgroup/memory.pressure")));
    }

    /// The pressure by the first of `files` that has one.
    static MemoryPressure of(List<Path> files) {
        return () -> {
            for (var file : files) {
                var found = parse(text(file));
                if (found.isPresent()) {
                    return found;
                }
            }
            return OptionalDouble.empty();
        };
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return ""; // a kernel without PSI, or a namespace without the file
        }
    }

    private static OptionalDouble parse(String text) {
        var line = Lines.SOME.matcher(text);
        return line.find() ? OptionalDouble.of(Double.parseDouble(line.group(1))) : OptionalDouble.empty();
    }

    /// Format of the files.
    final class Lines {
        private static final Pattern SOME = Pattern.compile("(?m)^some avg10=([0-9]{1,3}\\.[0-9]{1,4}) ");

        private Lines() {}
    }
}
