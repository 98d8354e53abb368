package dev.mvm.linux.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Identity and rights of one thread of a process; proc_pid_status(5), capabilities(7). Linux keeps these per
/// thread, and a JVM has some twenty before `main` runs: to know the process, look at
/// them all.
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
        return parse((int) number(fields(text), "Pid", 10), text);
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

    static ThreadStatus parse(int tid, byte[] text) throws ErrnoException {
        var fields = fields(text);
        return new ThreadStatus(
                tid,
                one(fields, "Uid"),
                one(fields, "Gid"),
                field(fields, "Groups"),
                number(fields, "CapEff", 16),
                number(fields, "CapPrm", 16),
                number(fields, "CapInh", 16),
                number(fields, "CapBnd", 16),
                number(fields, "CapAmb", 16),
                number(fields, "NoNewPrivs", 10) == 1,
                (int) number(fields, "Seccomp", 10),
                (int) number(fields, "Seccomp_filters", 10));
    }

    /// Each is a line of its own, and the first of a name counts.
    private static Map<String, String> fields(byte[] text) {
        var fields = new HashMap<String, String>();
        for (var line : new String(text, ISO_8859_1).split("\n", -1)) {
            int end = line.indexOf(':');
            if (end > 0) {
                fields.putIfAbsent(
                        line.substring(0, end), line.substring(end + 1).strip());
            }
        }
        return fields;
    }

    /// Real, effective, saved and file system id, if they are one.
    private static long one(Map<String, String> fields, String name) throws ErrnoException {
        var ids = Set.copyOf(List.of(field(fields, name).split("\t", -1)));
        return ids.size() == 1 ? number(Map.of(name, ids.iterator().next()), name, 10) : -1;
    }

    private static long number(Map<String, String> fields, String name, int radix) throws ErrnoException {
        try {
            return Long.parseUnsignedLong(field(fields, name), radix);
        } catch (NumberFormatException _) {
            throw new ErrnoException("/proc/PID/task/TID/status", Errno.EBADMSG, name);
        }
    }

    private static String field(Map<String, String> fields, String name) throws ErrnoException {
        var value = fields.get(name);
        if (value == null) {
            throw new ErrnoException("/proc/PID/task/TID/status", Errno.EBADMSG, name);
        }
        return value;
    }
}
