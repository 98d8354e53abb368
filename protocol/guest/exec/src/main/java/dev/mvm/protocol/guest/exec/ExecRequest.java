package dev.mvm.protocol.guest.exec;

import dev.mvm.model.Bytes;
import java.util.List;
import java.util.Optional;

/// A program to run in a guest.
///
/// @param argv 1 to 128 arguments; the first is looked up in the guest's `PATH`, there is no shell
/// @param env at most 64 of the form `NAME=value`
/// @param directory absolute, or empty for `/`
/// @param terminal its size if the program gets a terminal
/// @param stdin whether input will follow; otherwise it reads `/dev/null`
public record ExecRequest(
        List<Bytes> argv, List<Bytes> env, Bytes directory, Optional<TerminalSize> terminal, boolean stdin) {
    /// Most bytes of the request in its frame: each string and two bytes for its length, and 14 others.
    public static final int MAX_BYTES = ExecFrame.MAX_PAYLOAD;

    static final int MAX_ARGV = 128;
    static final int MAX_ENV = 64;

    private static final int OTHER_FIELDS = 4 + 1 + 1 + 2 + 2 + 2 + 2;

    public ExecRequest {
        argv = List.copyOf(argv);
        env = List.copyOf(env);
        if (argv.isEmpty() || argv.size() > MAX_ARGV) {
            throw new IllegalArgumentException(argv.size() + " arguments: want 1 to " + MAX_ARGV);
        }
        if (env.size() > MAX_ENV || !env.stream().allMatch(ExecRequest::isAssignment)) {
            throw new IllegalArgumentException("want at most " + MAX_ENV + " environment entries NAME=value");
        }
        if (directory.length() > 0 && directory.array()[0] != '/') {
            throw new IllegalArgumentException("the directory must be absolute");
        }
        if (hasNul(directory)
                || argv.stream().anyMatch(ExecRequest::hasNul)
                || env.stream().anyMatch(ExecRequest::hasNul)) {
            throw new IllegalArgumentException("a string with a NUL in it");
        }
        if (OTHER_FIELDS + Short.BYTES + directory.length() + size(argv) + size(env) > MAX_BYTES) {
            throw new IllegalArgumentException("longer than a frame, which has " + MAX_BYTES + " bytes");
        }
    }

    private static int size(List<Bytes> strings) {
        return strings.stream()
                .mapToInt(string -> Short.BYTES + string.length())
                .sum();
    }

    private static boolean isAssignment(Bytes entry) {
        return indexOf(entry, '=') > 0;
    }

    private static boolean hasNul(Bytes string) {
        return indexOf(string, '\0') >= 0;
    }

    private static int indexOf(Bytes string, char wanted) {
        var bytes = string.array();
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }
}
