package dev.mvm.image.config;

import dev.mvm.image.ImageException;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Numbers of signals on Linux for x86-64 (signal(7)); names as Dockerfiles have them, with or without `SIG`.
final class Signals {
    static final int DEFAULT = 15;
    private static final int REAL_TIME = 34;
    private static final int LAST = 64;

    private static final Map<String, Integer> NUMBERS = Map.ofEntries(
            Map.entry("HUP", 1),
            Map.entry("INT", 2),
            Map.entry("QUIT", 3),
            Map.entry("ILL", 4),
            Map.entry("TRAP", 5),
            Map.entry("ABRT", 6),
            Map.entry("BUS", 7),
            Map.entry("FPE", 8),
            Map.entry("KILL", 9),
            Map.entry("USR1", 10),
            Map.entry("SEGV", 11),
            Map.entry("USR2", 12),
            Map.entry("PIPE", 13),
            Map.entry("ALRM", 14),
            Map.entry("TERM", 15),
            Map.entry("STKFLT", 16),
            Map.entry("CHLD", 17),
            Map.entry("CONT", 18),
            Map.entry("STOP", 19),
            Map.entry("TSTP", 20),
            Map.entry("TTIN", 21),
            Map.entry("TTOU", 22),
            Map.entry("URG", 23),
            Map.entry("XCPU", 24),
            Map.entry("XFSZ", 25),
            Map.entry("VTALRM", 26),
            Map.entry("PROF", 27),
            Map.entry("WINCH", 28),
            Map.entry("IO", 29),
            Map.entry("PWR", 30),
            Map.entry("SYS", 31),
            Map.entry("RTMIN", REAL_TIME),
            Map.entry("RTMAX", LAST));

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,2}");
    private static final Pattern OFFSET = Pattern.compile("RT(MIN\\+|MAX-)([0-9]{1,2})");

    private Signals() {}

    /// @param text name or number; empty for SIGTERM
    /// @throws ImageException `signal_unknown`
    static int number(String text) throws ImageException {
        if (text.isEmpty()) {
            return DEFAULT;
        }
        var name = text.toUpperCase(Locale.ROOT).replaceFirst("^SIG", "");
        var offset = OFFSET.matcher(name);
        int number = 0;
        if (NUMBER.matcher(name).matches()) {
            number = Integer.parseInt(name);
        } else if (offset.matches()) {
            int distance = Integer.parseInt(offset.group(2));
            number = offset.group(1).equals("MIN+") ? REAL_TIME + distance : LAST - distance;
            number = number < REAL_TIME ? 0 : number;
        } else {
            number = NUMBERS.getOrDefault(name, 0);
        }
        if (number < 1 || number > LAST) {
            throw new ImageException("signal_unknown", "no such stop signal: " + ImageConfig.printable(text));
        }
        return number;
    }
}
