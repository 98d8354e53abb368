package dev.mvm.hostd.machine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.linux.process.ThreadStatus;
import java.nio.file.Path;

/// Proof by the kernel that a VMM is in its jail, taken once it answers. `/proc/PID/root` and `/proc/PID/ns`
/// cannot be read with hostd's capabilities; its mounts and network devices can, and show only what it can
/// reach itself.
final class JailProof {
    private static final String STEP = "jail_unproven";
    private static final int TEXT_BYTES = 1 << 20;

    /// The fields of a line of mountinfo up to the mount's place, of which a jail has these.
    private static final String PLACES = "(?s)(\\d+ \\d+ \\S+ \\S+ /(io|kernel|rootfs|seccomp|snap)? [^\n]*\n)+";

    private static final String ROOT = "(?s).*\\S+ / [^\n]* - tmpfs mvm-jail .*";

    private JailProof() {}

    /// @param cgroup as the launcher has announced it
    /// @param user that it has to be
    /// @param bridge its tenant's, which is in the node's network namespace
    /// @param filters how many each thread has at least
    /// @throws StepException `jail_unproven`, with the part that is missing
    static void require(Pidfd process, String cgroup, int user, String bridge, int filters) throws StepException {
        try {
            int pid = process.pid();
            boolean jailer = !cgroup.equals(Processes.NO_CGROUP);
            for (var t : ThreadStatus.of(Integer.toString(pid))) {
                var thread = "thread " + t.tid();
                long capabilities = t.effective() | t.permitted() | t.inheritable() | t.ambient();
                require(capabilities == 0, thread + " has capabilities");
                require(t.noNewPrivileges() && t.seccomp() == 2 && t.filters() >= filters, thread + " is not filtered");
                boolean alone = t.groups().isEmpty() || !jailer; // an ordinary user cannot drop groups
                require(t.uid() == user && t.gid() == user && alone, thread + " is of another user or group");
            }
            try (var directory = Directory.open(Path.of("/proc", Integer.toString(pid)))) {
                var devices = new String(directory.read("net/dev", TEXT_BYTES), ISO_8859_1);
                require(!devices.contains(" " + bridge + ":"), "it is in the network namespace of the node");
                var mounts = new String(directory.read("mountinfo", TEXT_BYTES), ISO_8859_1);
                require(!jailer || isJail(mounts), "it sees other files: " + mounts);
                require(!jailer || process.cgroup().equals("/" + cgroup), "it is in another cgroup than " + cgroup);
            }
            require(process.isAlive(), "it has ended"); // so all that was read is of it, and not of a later process
        } catch (ErrnoException e) {
            throw new StepException(STEP, e);
        }
    }

    /// Returns whether that is the mountinfo of a jail.
    static boolean isJail(String mounts) {
        return mounts.matches(PLACES) && mounts.matches(ROOT);
    }

    private static void require(boolean so, String otherwise) throws StepException {
        if (!so) {
            throw new StepException(STEP, otherwise);
        }
    }
}
