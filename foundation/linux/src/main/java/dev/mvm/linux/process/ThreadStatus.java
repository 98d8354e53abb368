package dev.mvm.linux.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// Who one thread of a process is and what it may do; proc_pid_status(5), capabilities(7). Linux keeps these per
/// thread, and a
/// JVM has some twenty before `main` runs: whoever wants to know about the process has to look at them all.
///
/// @param tid the thread's number
/// @param uid who it is, -1 if its four user ids differ
/// @param gid the same of groups
/// @param groups supplementary groups, decimal, one space between two
/// @param effective capability sets, one bit a capability, see [Capabilities]
/// @param seccomp 0: none, 1: strict, 2: filter
/// @param filters how many filters are installed
public record ThreadStatus(
        int tid,
        long uid,
        long gid,
        String groups,
        long effective,
        long permitted,
        long inheritable,
        long bounding,
        long ambient,
        boolean noNewPrivileges,
        int seccomp,
        int filters) {
    /// The calling thread.
    public static ThreadStatus current() throws IOException {
        var text = Files.readAllBytes(Path.of("/proc/thread-self/status"));
        return parse((int) status(new String(text, ISO_8859_1), "Pid", 10), text);
    }

    /// All threads of this process.
    public static List<ThreadStatus> all() throws ErrnoException {
        return of("self");
    }

    /// All threads of a process, which `/proc` has under that name. Those that end meanwhile are left out. Not by a
    /// [dev.mvm.linux.fd.Directory]: users that it makes up have no openat2(2) from systemd.
    public static List<ThreadStatus> of(String process) throws ErrnoException {
        var out = new ArrayList<ThreadStatus>();
        var tasks = Path.of("/proc", process, "task");
        var tids = Objects.requireNonNullElse(tasks.toFile().list(), new String[0]);
        for (var tid : tids) {
            try {
                out.add(parse(Integer.parseInt(tid), Files.readAllBytes(tasks.resolve(tid, "status"))));
            } catch (IOException e) {
                if (tasks.resolve(tid).toFile().exists()) {
                    throw new ErrnoException("read", Errno.ESRCH, process + "'s thread " + tid + ": " + e.getMessage());
                }
            }
        }
        if (out.isEmpty()) {
            throw new ErrnoException("readdir", Errno.ESRCH, "no threads of " + process);
        }
        return out;
    }

    static ThreadStatus parse(int tid, byte[] bytes) throws ErrnoException {
        var text = new String(bytes, ISO_8859_1);
        return new ThreadStatus(
                tid,
                one(text, "Uid"),
                one(text, "Gid"),
                field(text, "Groups").strip(),
                status(text, "CapEff", 16),
                status(text, "CapPrm", 16),
                status(text, "CapInh", 16),
                status(text, "CapBnd", 16),
                status(text, "CapAmb", 16),
                status(text, "NoNewPrivs", 10) == 1,
                (int) status(text, "Seccomp", 10),
                (int) status(text, "Seccomp_filters", 10));
    }

    /// Real, effective, saved and file system id, if they are one.
    private static long one(String text, String name) throws ErrnoException {
        var ids = Set.copyOf(List.of(field(text, name).split("\t", -1)));
        return ids.size() == 1 ? number(ids.iterator().next(), name, 10) : -1;
    }

    private static long status(String text, String name, int radix) throws ErrnoException {
        return number(field(text, name), name, radix);
    }

    private static long number(String text, String name, int radix) throws ErrnoException {
        try {
            return Long.parseUnsignedLong(text, radix);
        } catch (NumberFormatException _) {
            throw new ErrnoException("/proc/PID/task/TID/status", Errno.EBADMSG, name);
        }
    }

    /// A field: a line of its own, of which the first counts; none of ours is the first line of all.
    private static String field(String text, String name) throws ErrnoException {
        var label = "\n" + name + ":\t";
        int at = text.indexOf(label);
        int end = text.indexOf('\n', at + label.length());
        if (at < 0 || end < 0) {
            throw new ErrnoException("/proc/PID/task/TID/status", Errno.EBADMSG, name);
        }
        return text.substring(at + label.length(), end);
    }
}
