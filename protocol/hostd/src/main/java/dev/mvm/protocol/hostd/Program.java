package dev.mvm.protocol.hostd;

import dev.mvm.model.Bytes;
import java.util.List;
import java.util.Optional;

/// What to run in a guest.
///
/// @param argv 1 to 128 arguments; the first is looked up in the guest's `PATH`
/// @param env at most 64 of the form `NAME=value`
/// @param directory absolute, or empty for `/`
/// @param terminal its size if the program gets a terminal
/// @param stdin whether input will follow; otherwise it reads `/dev/null`
public record Program(
        List<Bytes> argv, List<Bytes> env, String directory, Optional<TerminalSize> terminal, boolean stdin) {
    /// Most bytes of all strings together, so that the request fits a frame of the guest protocol.
    public static final int MAX_BYTES = 30_000;

    private static final int MAX_ARGV = 128;
    private static final int MAX_ENV = 64;

    /// 0 to 65535 each.
    public record TerminalSize(int rows, int columns) {
        public TerminalSize {
            if (rows < 0 || rows > 0xffff || columns < 0 || columns > 0xffff) {
                throw new IllegalArgumentException("terminal size out of range");
            }
        }
    }

    public Program {
        argv = List.copyOf(argv);
        env = List.copyOf(env);
        if (argv.isEmpty() || argv.size() > MAX_ARGV || argv.getFirst().length() == 0) {
            throw new IllegalArgumentException("want 1 to " + MAX_ARGV + " arguments, the first not empty");
        }
        if (env.size() > MAX_ENV || !env.stream().allMatch(Program::isAssignment)) {
            throw new IllegalArgumentException("want at most " + MAX_ENV + " environment entries NAME=value");
        }
        if (!directory.isEmpty() && !directory.startsWith("/")) {
            throw new IllegalArgumentException("the directory must be absolute");
        }
        int bytes = directory.length()
                + argv.stream().mapToInt(Bytes::length).sum()
                + env.stream().mapToInt(Bytes::length).sum();
        if (bytes > MAX_BYTES || hasNul(argv) || hasNul(env)) {
            throw new IllegalArgumentException("arguments too long, or with a NUL in them");
        }
    }

    private static boolean isAssignment(Bytes entry) {
        var bytes = entry.array();
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '=') {
                return i > 0;
            }
        }
        return false;
    }

    private static boolean hasNul(List<Bytes> strings) {
        for (var string : strings) {
            for (byte b : string.array()) {
                if (b == 0) {
                    return true;
                }
            }
        }
        return false;
    }
}
