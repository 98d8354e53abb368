package dev.mvm.linux.seccomp;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.call.CString;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.process.ThreadStatus;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// A filter of system calls by name; seccomp(2), seccomp_init(3). What is not permitted fails with EPERM; calls by
/// another architecture's convention, x32 included, kill the process.
public final class SyscallFilter {
    // seccomp.h
    private static final int SCMP_ACT_KILL_PROCESS = 0x8000_0000;
    private static final int SCMP_ACT_EPERM = 0x0005_0000 | Errno.EPERM; // SCMP_ACT_ERRNO
    private static final int SCMP_ACT_ALLOW = 0x7fff_0000;
    private static final int SCMP_FLTATR_ACT_BADARCH = 2;
    private static final int SCMP_FLTATR_CTL_TSYNC = 4;
    private static final int SCMP_FLTATR_CTL_OPTIMIZE = 8;
    private static final int SCMP_FLTATR_API_SYSRAWRC = 9;
    private static final int BINARY_TREE = 2;
    private static final int SECCOMP_MODE_FILTER = 2; // linux/seccomp.h

    private final int otherwise;
    private final int named;
    private final Set<String> calls;

    private SyscallFilter(int otherwise, int named, Set<String> calls) {
        this.otherwise = otherwise;
        this.named = named;
        this.calls = new TreeSet<>(calls);
    }

    /// Permits everything but `calls`.
    public static SyscallFilter denying(Set<String> calls) {
        return new SyscallFilter(SCMP_ACT_ALLOW, SCMP_ACT_EPERM, calls);
    }

    /// Permits nothing but `calls`.
    public static SyscallFilter allowing(Set<String> calls) {
        return new SyscallFilter(SCMP_ACT_EPERM, SCMP_ACT_ALLOW, calls);
    }

    /// Installs the filter for all threads of this process at once, with no_new_privs, and for whatever they
    /// start. It can never be removed. Then looks at every thread: if one is not under it, the process is not what
    /// its caller takes it for, and should end.
    ///
    /// @throws ErrnoException EINVAL for a name that is no system call here; ESRCH if a thread could not be put
    ///     under the filter
    /// @throws MissingLibraryException if libseccomp.so.2 is not installed
    public void install() throws IOException {
        var functions = new Functions();
        int before = ThreadStatus.current().filters();
        long filter = functions.init(otherwise);
        try {
            functions.set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
            functions.set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
            functions.set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
            functions.set(filter, SCMP_FLTATR_CTL_OPTIMIZE, BINARY_TREE);
            for (var call : calls) {
                functions.add(filter, named, call);
            }
            functions.load(filter);
        } finally {
            functions.release(filter);
        }
        verify(ThreadStatus.all(), before + 1);
    }

    private static void verify(List<ThreadStatus> threads, int filters) throws ErrnoException {
        for (var thread : threads) {
            boolean filtered = thread.seccomp() == SECCOMP_MODE_FILTER && thread.filters() >= filters;
            if (!filtered || !thread.noNewPrivileges()) {
                throw new ErrnoException("seccomp", Errno.ESRCH, "thread " + thread.tid() + " is not filtered");
            }
        }
    }

    /// The functions of libseccomp that are used; each returns 0 or a negative error number.
    private static final class Functions {
        private final CFunction init;
        private final CFunction release;
        private final CFunction set;
        private final CFunction resolve;
        private final CFunction add;
        private final CFunction load;

        Functions() throws MissingLibraryException {
            init = Library.LIBSECCOMP.find("seccomp_init");
            release = Library.LIBSECCOMP.find("seccomp_release");
            set = Library.LIBSECCOMP.find("seccomp_attr_set");
            resolve = Library.LIBSECCOMP.find("seccomp_syscall_resolve_name");
            add = Library.LIBSECCOMP.find("seccomp_rule_add_exact_array");
            load = Library.LIBSECCOMP.find("seccomp_load");
        }

        long init(int action) throws ErrnoException {
            long filter = init.call(action);
            if (filter == 0) {
                throw new ErrnoException("seccomp_init", Errno.EINVAL);
            }
            return filter;
        }

        void set(long filter, int attribute, int value) throws ErrnoException {
            check("seccomp_attr_set", (int) set.call(filter, attribute, value));
        }

        void add(long filter, int action, String call) throws ErrnoException {
            try (var arena = Arena.ofConfined()) {
                int number = (int) resolve.call(CString.of(arena, call).address());
                if (number < 0) { // unknown, or of other architectures only
                    throw new ErrnoException("seccomp_syscall_resolve_name", Errno.EINVAL, call);
                }
                int conditions = 0;
                check("seccomp_rule_add", (int) add.call(filter, action, number, conditions));
            }
        }

        void load(long filter) throws ErrnoException {
            check("seccomp_load", (int) load.call(filter));
        }

        void release(long filter) {
            var _ = release.call(filter);
        }

        private static void check(String function, int result) throws ErrnoException {
            if (result != 0) {
                throw new ErrnoException(function, Math.abs(result));
            }
        }
    }
}
