package dev.mvm.linux.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;

/// The part of `/proc/PID/stat` that tells processes apart; proc_pid_stat(5).
///
/// @param startTicks when it started, in clock ticks after boot: with the pid, an identity until the next boot
/// @param usedTicks processor time of all its threads, in clock ticks
public record ProcessStat(long startTicks, long usedTicks) {
    // fields after the command, counted from 0: the man page's field number less 3
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;
    private static final int START_TIME = 19;

    /// Reads the text of a stat file. The command is written by the process itself and may contain spaces,
    /// parentheses and line ends, so it reaches to the *last* parenthesis.
    ///
    /// @throws ErrnoException EBADMSG if this is not such a text
    public static ProcessStat parse(byte[] text) throws ErrnoException {
        var line = new String(text, ISO_8859_1);
        int close = line.lastIndexOf(") ");
        var rest = line.substring(close + 1).strip().split(" ", -1);
        if (close < 0 || rest.length <= START_TIME) {
            throw malformed();
        }
        try {
            return new ProcessStat(
                    Long.parseLong(rest[START_TIME]),
                    Long.parseLong(rest[USER_TIME]) + Long.parseLong(rest[SYSTEM_TIME]));
        } catch (NumberFormatException _) {
            throw malformed();
        }
    }

    private static ErrnoException malformed() {
        return new ErrnoException("/proc/PID/stat", Errno.EBADMSG);
    }
}
