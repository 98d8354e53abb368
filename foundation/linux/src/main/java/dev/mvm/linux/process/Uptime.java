package dev.mvm.linux.process;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import java.lang.foreign.Arena;

/// Time since this machine booted; clock_gettime(2), CLOCK_BOOTTIME. It goes on while the machine is suspended, and
/// cannot be set.
public final class Uptime {
    private static final int CLOCK_BOOTTIME = 7; // linux/time.h
    private static final int SIZEOF_TIMESPEC = 16; // seconds first

    private Uptime() {}

    public static long seconds() {
        try (var arena = Arena.ofConfined()) {
            var time = arena.allocate(SIZEOF_TIMESPEC, Long.BYTES);
            var _ = SystemCall.CLOCK_GETTIME.call(CLOCK_BOOTTIME, time.address());
            return time.get(JAVA_LONG, 0);
        } catch (ErrnoException e) {
            throw new IllegalStateException("Linux has this clock", e);
        }
    }
}
