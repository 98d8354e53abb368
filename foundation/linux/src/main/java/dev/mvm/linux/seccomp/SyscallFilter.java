package dev.mvm.linux.seccomp;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.call.CString;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.process.ThreadStatus;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.regex.Pattern;

/// A filter that permits nothing but the system calls on a list; seccomp(2), seccomp_init(3). Anything else fails
/// with EPERM; calls by another architecture's convention, x32 included, kill the process.
///
/// The list is text: a line for each call, which ends in `# ` and the reason why the call is there; a line that
/// begins with `#` is a comment. After a call's name there may be
///
/// - `argN & 0xMASK = 0xVALUE`: only if argument N (0 to 5) has these bits; a call may have several such lines; the
///   value `0xSELF` is the number of this process
/// - `ENOSYS`: the call fails as on a kernel that does not have it
public final class SyscallFilter {
    private static final Pattern LINE =
            Pattern.compile("([a-z0-9_]+)(?: (ENOSYS)| arg([0-5]) & 0x([0-9a-f]{1,8}) = 0x([0-9a-f]{1,8}))? +# \\S.*");
    private static final int HEXADECIMAL = 16;

    // seccomp.h
    private static final int SCMP_ACT_KILL_PROCESS = 0x8000_0000;
    private static final int SCMP_ACT_ERRNO = 0x0005_0000;
    private static final int SCMP_ACT_ALLOW = 0x7fff_0000;
    private static final int SCMP_FLTATR_ACT_BADARCH = 2;
    private static final int SCMP_FLTATR_CTL_TSYNC = 4;
    private static final int SCMP_FLTATR_CTL_OPTIMIZE = 8;
    private static final int SCMP_FLTATR_API_SYSRAWRC = 9;
    private static final int BINARY_TREE = 2;
    private static final int SCMP_CMP_MASKED_EQ = 7;
    private static final int SIZEOF_SCMP_ARG_CMP = 24;
    private static final int SECCOMP_MODE_FILTER = 2; // linux/seccomp.h

    private final List<Rule> rules;

    /// @param argument -1 where none is looked at
    private record Rule(String call, int action, int argument, long mask, long value) {
        /// None, or one `struct scmp_arg_cmp`.
        MemorySegment conditions(Arena arena) {
            if (argument < 0) {
                return MemorySegment.NULL;
            }
            var condition = arena.allocate(SIZEOF_SCMP_ARG_CMP, Long.BYTES);
            condition.set(JAVA_INT, 0, argument);
            condition.set(JAVA_INT, 4, SCMP_CMP_MASKED_EQ);
            condition.set(JAVA_LONG, 8, mask);
            condition.set(JAVA_LONG, 16, value);
            return condition;
        }
    }

    private SyscallFilter(List<Rule> rules) {
        this.rules = rules;
    }

    /// Permits nothing but what is on `list`.
    ///
    /// @throws IllegalArgumentException for an invalid line
    public static SyscallFilter allowing(String list) {
        var self = "0x" + Long.toHexString(ProcessHandle.current().pid());
        return new SyscallFilter(list.replace("0xSELF", self)
                .lines()
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .map(SyscallFilter::rule)
                .toList());
    }

    private static Rule rule(String line) {
        var match = LINE.matcher(line);
        if (!match.matches()) {
            throw new IllegalArgumentException("not a line of a list of system calls: " + line);
        }
        int action = match.group(2) == null ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO | Errno.ENOSYS;
        if (match.group(3) == null) {
            return new Rule(match.group(1), action, -1, 0, 0);
        }
        return new Rule(
                match.group(1),
                action,
                Integer.parseInt(match.group(3)),
                Long.parseLong(match.group(4), HEXADECIMAL),
                Long.parseLong(match.group(5), HEXADECIMAL));
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
        long filter = functions.init(SCMP_ACT_ERRNO | Errno.EPERM);
        try (var arena = Arena.ofConfined()) {
            functions.set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
            functions.set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
            functions.set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
            functions.set(filter, SCMP_FLTATR_CTL_OPTIMIZE, BINARY_TREE);
            for (var rule : rules) {
                functions.add(filter, rule, arena);
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
        private final CFunction init = Library.LIBSECCOMP.find("seccomp_init");
        private final CFunction release = Library.LIBSECCOMP.find("seccomp_release");
        private final CFunction set = Library.LIBSECCOMP.find("seccomp_attr_set");
        private final CFunction resolve = Library.LIBSECCOMP.find("seccomp_syscall_resolve_name");
        private final CFunction add = Library.LIBSECCOMP.find("seccomp_rule_add_exact_array");
        private final CFunction load = Library.LIBSECCOMP.find("seccomp_load");

        Functions() throws MissingLibraryException {}

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

        void add(long filter, Rule rule, Arena arena) throws ErrnoException {
            int number = (int) resolve.call(CString.of(arena, rule.call()).address());
            if (number < 0) { // unknown, or of other architectures only
                throw new ErrnoException("seccomp_syscall_resolve_name", Errno.EINVAL, rule.call());
            }
            var conditions = rule.conditions(arena);
            check("seccomp_rule_add", (int) add.call(
                    filter, rule.action(), number, conditions.byteSize() / SIZEOF_SCMP_ARG_CMP, conditions.address()));
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
