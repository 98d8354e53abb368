package dev.mvm.linux.call;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.errno.MissingLibraryException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;

/// The system calls of this module: the whole list. A call that is not here cannot be made by anything in the root
/// daemon but the JVM and the libraries. Each has its man page in section 2; the numbers are those of x86-64
/// (`asm/unistd_64.h`).
///
/// All go through syscall(2). Addresses are passed as numbers and must be of memory that the calling method keeps
/// alive; memory of other owners is passed as a segment.
public enum SystemCall {
    READ("read", 0),
    WRITE("write", 1),
    CLOSE("close", 3),
    POLL("poll", 7),
    MMAP("mmap", 9),
    MUNMAP("munmap", 11),
    IOCTL("ioctl", 16),
    PREAD64("pread64", 17),
    MADVISE("madvise", 28),
    SOCKET("socket", 41),
    CONNECT("connect", 42),
    SENDTO("sendto", 44),
    RECVFROM("recvfrom", 45),
    SENDMSG("sendmsg", 46),
    RECVMSG("recvmsg", 47),
    SHUTDOWN("shutdown", 48),
    BIND("bind", 49),
    LISTEN("listen", 50),
    GETSOCKNAME("getsockname", 51),
    SOCKETPAIR("socketpair", 53),
    SETSOCKOPT("setsockopt", 54),
    GETSOCKOPT("getsockopt", 55),
    FCNTL("fcntl", 72),
    FSYNC("fsync", 74),
    FTRUNCATE("ftruncate", 77),
    FCHMOD("fchmod", 91),
    MLOCK("mlock", 149),
    PRCTL("prctl", 157),
    GETDENTS64("getdents64", 217),
    CLOCK_GETTIME("clock_gettime", 228),
    MKDIRAT("mkdirat", 258),
    UNLINKAT("unlinkat", 263),
    RENAMEAT("renameat", 264),
    FCHMODAT("fchmodat", 268),
    FALLOCATE("fallocate", 285),
    ACCEPT4("accept4", 288),
    EVENTFD2("eventfd2", 290),
    PIPE2("pipe2", 293),
    PRLIMIT64("prlimit64", 302),
    MEMFD_CREATE("memfd_create", 319),
    STATX("statx", 332),
    PIDFD_SEND_SIGNAL("pidfd_send_signal", 424),
    PIDFD_OPEN("pidfd_open", 434),
    OPENAT2("openat2", 437),
    MEMFD_SECRET("memfd_secret", 447);

    private static final CFunction SYSCALL = syscall();

    private final String spelled;

    /// The call's number on x86-64.
    final int number;

    SystemCall(String spelled, int number) {
        this.spelled = spelled;
        this.number = number;
    }

    /// The call's name as its man page spells it.
    public String spelled() {
        return spelled;
    }

    /// Makes the call; again, if a signal interrupted it.
    ///
    /// @param args at most six; the rest is 0
    /// @return what the call returns, never negative
    public long call(long... args) throws ErrnoException {
        var six = Arrays.copyOf(args, 6);
        while (true) {
            long result = attempt(six[0], six[1], six[2], six[3], six[4], six[5]);
            if (result >= 0) {
                return result;
            }
            if (result != -Errno.EINTR) {
                throw failure(result);
            }
        }
    }

    /// Makes the call once.
    ///
    /// @return what the call returns, or the negative error number, the kernel's own convention
    public long attempt(long a, long b, long c, long d, long e, long f) {
        var errno = PerThread.errno();
        long result = SYSCALL.call(errno, number, a, b, c, d, e, f, 0);
        return result == -1 ? -errno.get(JAVA_INT, PerThread.ERRNO) : result;
    }

    /// Makes the call like the other [#attempt]; the second argument is memory of the caller's, the third its
    /// length. The memory is checked first and stays while the call lasts. An owner who shares it between
    /// threads must not close it meanwhile.
    public long attempt(long a, MemorySegment b, long d) {
        if (!b.isNative()) {
            throw new IllegalArgumentException("memory of the heap");
        }
        if (!b.scope().isAlive()) {
            throw new IllegalStateException("memory already closed");
        }
        try {
            return attempt(a, b.address(), b.byteSize(), d, 0, 0);
        } finally {
            Reference.reachabilityFence(b);
        }
    }

    /// Returns the exception for a negative result of [#attempt].
    public ErrnoException failure(long result) {
        return new ErrnoException(spelled(), (int) -result);
    }

    private static CFunction syscall() {
        try {
            return Library.LIBC.find("syscall");
        } catch (MissingLibraryException e) {
            throw new LinkageError("no C library", e);
        }
    }
}
