package dev.mvm.linux.call;

import static java.lang.foreign.ValueLayout.JAVA_INT;

/// Any system call by number: what tests need and the root process must not have.
public final class RawCall {
    public static final int SOCKETPAIR = 53;
    public static final int EXECVE = 59;
    public static final int UMOUNT2 = 166;
    public static final int SOCKET = 41;
    public static final int GETPID = 39;
    public static final int MKNODAT = 259;
    public static final int FACCESSAT = 269;
    public static final int EXECVEAT = 322;
    public static final int MOVE_MOUNT = 429;

    private static final CFunction SYSCALL = link();

    private RawCall() {}

    /// The result, or the negative error number.
    public static long of(int number, long a, long b, long c, long d, long e) {
        var errno = PerThread.errno();
        long result = SYSCALL.call(errno, number, a, b, c, d, e, 0, 0);
        return result == -1 ? -errno.get(JAVA_INT, PerThread.ERRNO) : result;
    }

    private static CFunction link() {
        try {
            return Library.LIBC.find("syscall");
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }
}
