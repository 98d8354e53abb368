package dev.mvm.linux.fd;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Status of an open file; statx(2), inode(7).
///
/// @param permissions the low twelve bits of the mode
/// @param special the device that the file stands for, if it is a block or character device
public record FileStatus(Kind kind, int permissions, int uid, long size, Device special) {
    /// Type of a file, from the format bits of its mode. `OTHER` are the types that are not used here, and the
    /// kernel's anonymous files, such as a pidfd.
    public enum Kind {
        FIFO(0x1000),
        CHARACTER_DEVICE(0x2000),
        REGULAR(0x8000),
        SOCKET(0xc000),
        OTHER(0);

        private final int format;

        Kind(int format) {
            this.format = format;
        }

        private static Kind of(int mode) {
            for (var kind : values()) {
                if (kind.format == (mode & 0xf000)) {
                    return kind;
                }
            }
            return OTHER;
        }
    }

    /// A device number.
    public record Device(int major, int minor) {}

    // linux/stat.h, linux/fcntl.h
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int AT_STATX_DONT_SYNC = 0x4000; // else a FUSE file's server is asked, and waited for
    private static final int SIZEOF_STATX = 256;

    static FileStatus of(int number) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var statx = arena.allocate(SIZEOF_STATX, Long.BYTES);
            long empty = arena.allocateFrom("").address();
            int flags = AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
            var _ = SystemCall.STATX.call(number, empty, flags, STATX_BASIC_STATS, statx.address());
            return of(statx);
        }
    }

    // offsets of struct statx, linux/stat.h
    private static FileStatus of(MemorySegment statx) {
        int mode = Short.toUnsignedInt(statx.get(JAVA_SHORT, 28));
        return new FileStatus(
                Kind.of(mode),
                mode & 0xfff,
                statx.get(JAVA_INT, 20),
                statx.get(JAVA_LONG, 40),
                new Device(statx.get(JAVA_INT, 128), statx.get(JAVA_INT, 132)));
    }
}
