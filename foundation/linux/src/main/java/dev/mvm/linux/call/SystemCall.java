package dev.mvm.linux.call;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.errno.MissingLibraryException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Locale;

/// The system calls of this module: the whole list. A call that is not here cannot be made by anything in the root
/// daemon but the JVM and the libraries. Each has its man page in section 2; the numbers are those of x86-64
/// (`asm/unistd_64.h`).
///
/// All go through syscall(2). Addresses are passed as numbers and must be of memory that the calling method keeps
/// alive; memory of other owners is passed as a segment.
public enum SystemCall {
    READ(0),
    WRITE(1),
    CLOSE(3),
    POLL(7),
    MMAP(9),
    MUNMAP(11),
    IOCTL(16),
    PREAD64(17),
    MADVISE(28),
    SOCKET(41),
    CONNECT(42),
    SENDTO(44),
    RECVFROM(45),
    SENDMSG(46),
    RECVMSG(47),
    SHUTDOWN(48),
    BIND(49),
    LISTEN(50),
    SOCKETPAIR(53),
    SETSOCKOPT(54),
    GETSOCKOPT(55),
    FCNTL(72),
    FSYNC(74),
    FTRUNCATE(77),
    FCHMOD(91),
    MLOCK(149),
    PRCTL(157),
    GETDENTS64(217),
    MKDIRAT(258),
    UNLINKAT(263),
    RENAMEAT(264),
    FCHMODAT(268),
    UNSHARE(272),
    ACCEPT4(288),
    EVENTFD2(290),
    PIPE2(293),
    PRLIMIT64(302),
    SETNS(308),
    MEMFD_CREATE(319),
    STATX(332),
    PIDFD_SEND_SIGNAL(424),
    FSOPEN(430),
    FSCONFIG(431),
    FSMOUNT(432),
    PIDFD_OPEN(434),
    OPENAT2(437),
    MEMFD_SECRET(447);

    private static final CFunction SYSCALL = syscall();

    private final int number;

    SystemCall(int number) {
        this.number = number;
    }

    /// The call's name as its man page spells it.
    public String spelled() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The call's number on x86-64.
    public int number() {
        return number;
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

    /// As the other [#attempt], for calls whose second argument is memory of someone else's and whose third is its
    /// length. The memory is looked at first and stays while the call lasts; nobody may close it meanwhile, which
    /// only an owner who shared it between threads could.
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

    /// What to throw for a negative result of [#attempt].
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
