package dev.mvm.linux.process;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import java.lang.foreign.Arena;

/// Rights that a process can give up by itself.
public final class ThisProcess {
    // linux/prctl.h
    private static final int PR_GET_DUMPABLE = 3;
    private static final int PR_SET_DUMPABLE = 4;
    // asm-generic/resource.h
    private static final int RLIMIT_CORE = 4;
    private static final int SIZEOF_RLIMIT64 = 16;

    private ThisProcess() {}

    /// No core dump, and no other process of the same user may read our memory; prctl(2), PR_SET_DUMPABLE. Of the
    /// whole process.
    public static void forbidDumps() throws ErrnoException {
        var _ = SystemCall.PRCTL.call(PR_SET_DUMPABLE, 0, 0, 0, 0);
    }

    /// Returns whether there may be a core dump; prctl(2), PR_GET_DUMPABLE.
    public static boolean dumpable() throws ErrnoException {
        return SystemCall.PRCTL.call(PR_GET_DUMPABLE) != 0;
    }

    /// Limits core files to nothing, for this process and what it starts; prlimit(2), RLIMIT_CORE. Of the whole
    /// process.
    public static void forbidCoreFiles() throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var none = arena.allocate(SIZEOF_RLIMIT64, Long.BYTES); // soft and hard limit, both 0
            var _ = SystemCall.PRLIMIT64.call(0, RLIMIT_CORE, none.address(), 0);
        }
    }
}
