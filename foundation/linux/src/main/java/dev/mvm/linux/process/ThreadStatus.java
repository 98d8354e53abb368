package dev.mvm.linux.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What one thread of this process may do; proc_pid_status(5), capabilities(7). Linux keeps these per thread, and a
/// JVM has some twenty before `main` runs: whoever wants to know about the process has to look at them all.
///
/// @param tid the thread's number
/// @param effective capability sets, one bit a capability, see [Capabilities]
/// @param seccomp 0: none, 1: strict, 2: filter
/// @param filters how many filters are installed
public record ThreadStatus(
        int tid,
        long effective,
        long permitted,
        long inheritable,
        long bounding,
        long ambient,
        boolean noNewPrivileges,
        int seccomp,
        int filters) {
    private static final int MOST_THREADS = 100_000;
    private static final int STATUS_SIZE = 16 << 10;

    /// The calling thread.
    public static ThreadStatus current() throws ErrnoException {
        try (var self = Directory.open(Path.of("/proc/thread-self"))) {
            var text = self.read("status", STATUS_SIZE);
            return parse((int) number(new String(text, ISO_8859_1), "Pid", 10), text);
        }
    }

    /// All threads of this process.
    public static List<ThreadStatus> all() throws ErrnoException {
        return of("self");
    }

    /// All threads of a process, which `/proc` has under that name. Those that end meanwhile are left out.
    public static List<ThreadStatus> of(String process) throws ErrnoException {
        var out = new ArrayList<ThreadStatus>();
        try (var tasks = Directory.open(Path.of("/proc", process, "task"))) {
            for (var tid : tasks.names(MOST_THREADS)) {
                try {
                    out.add(parse(Integer.parseInt(tid), tasks.read(tid + "/status", STATUS_SIZE)));
                } catch (ErrnoException e) {
                    if (e.errno() != Errno.ENOENT && e.errno() != Errno.ESRCH) {
                        throw e;
                    }
                }
            }
        }
        return out;
    }

    static ThreadStatus parse(int tid, byte[] bytes) throws ErrnoException {
        var text = new String(bytes, ISO_8859_1);
        return new ThreadStatus(
                tid,
                number(text, "CapEff", 16),
                number(text, "CapPrm", 16),
                number(text, "CapInh", 16),
                number(text, "CapBnd", 16),
                number(text, "CapAmb", 16),
                number(text, "NoNewPrivs", 10) == 1,
                (int) number(text, "Seccomp", 10),
                (int) number(text, "Seccomp_filters", 10));
    }

    /// A field: a line of its own, of which the first counts; none of ours is the first line of all.
    private static long number(String text, String name, int radix) throws ErrnoException {
        var label = "\n" + name + ":\t";
        int at = text.indexOf(label);
        int begin = at + label.length();
        int end = text.indexOf('\n', begin);
        try {
            if (at >= 0 && end >= 0) {
                return Long.parseUnsignedLong(text, begin, end, radix);
            }
        } catch (NumberFormatException _) {
            // refused below
        }
        throw new ErrnoException("/proc/self/task/TID/status", Errno.EBADMSG, name);
    }
}
