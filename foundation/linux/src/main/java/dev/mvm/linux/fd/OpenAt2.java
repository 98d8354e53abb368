package dev.mvm.linux.fd;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// openat2(2), the one way files are opened here.
final class OpenAt2 {
    static final int AT_FDCWD = -100; // linux/fcntl.h
    static final int O_CREAT = 0x40;
    static final int O_EXCL = 0x80;
    static final int O_DIRECTORY = 0x1_0000;

    /// linux/openat2.h: stay below the directory; RESOLVE_NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH.
    static final int CONFINED = 0x02 | 0x04 | 0x08;

    static final int TRUSTED = 0;

    private static final int O_CLOEXEC = 0x8_0000;
    private static final int O_NOCTTY = 0x100;
    private static final int O_PATH = 0x20_0000;
    private static final int SIZEOF_OPEN_HOW = 24;

    private OpenAt2() {}

    static long open(Arena arena, int directory, MemorySegment path, int flags, int mode, int resolve)
            throws ErrnoException {
        boolean handle = (flags & O_PATH) != 0; // then no other flag is accepted
        var how = arena.allocate(SIZEOF_OPEN_HOW, Long.BYTES);
        how.set(JAVA_LONG, 0, flags | O_CLOEXEC | (handle ? 0 : O_NOCTTY));
        how.set(JAVA_LONG, 8, mode);
        how.set(JAVA_LONG, 16, resolve);
        return SystemCall.OPENAT2.call(directory, path.address(), how.address(), SIZEOF_OPEN_HOW);
    }
}
