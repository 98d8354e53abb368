package dev.mvm.linux.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;

/// The part of `/proc/PID/stat` that tells processes apart; proc_pid_stat(5).
///
/// @param command the process's own idea of its name, any 15 bytes
/// @param state one letter: `R` running, `S` sleeping, `Z` ended and not yet collected
/// @param usedTicks processor time of all its threads, in clock ticks
/// @param startTicks when it started, in clock ticks after boot: with the pid, an identity until the next boot
public record ProcessStat(int pid, String command, char state, long startTicks, long usedTicks) {
    // fields after the command, counted from 0: the man page's field number less 3
    private static final int STATE = 0;
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;
    private static final int START_TIME = 19;

    /// Reads the text of a stat file. The command is written by the process itself and may contain spaces,
    /// parentheses and line ends, so it reaches to the *last* parenthesis.
    ///
    /// @throws ErrnoException EBADMSG if this is not such a text
    public static ProcessStat parse(byte[] text) throws ErrnoException {
        var line = new String(text, ISO_8859_1);
        int open = line.indexOf(" (");
        int close = line.lastIndexOf(") ");
        if (open < 1 || close < open + 2) {
            throw malformed();
        }
        var rest = line.substring(close + 2).strip().split(" ", -1);
        if (rest.length <= START_TIME || rest[STATE].length() != 1) {
            throw malformed();
        }
        try {
            return new ProcessStat(
                    Integer.parseInt(line.substring(0, open)),
                    line.substring(open + 2, close),
                    rest[STATE].charAt(0),
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
