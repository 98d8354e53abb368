package dev.mvm.hostd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.process.ThisProcess;
import dev.mvm.linux.process.ThreadStatus;
import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.protocol.hostd.Observation.Finding;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Checks that this process and its host are as a hardened node promises. Nothing is believed because a unit or
/// a package says so: everything is asked of the kernel, or tried. Operators are shown what was found in both
/// modes; in hardened mode hostd does not start unless all of it is as promised.
final class SelfCheck {
    private static final String UNIT = "start it by the unit as installed: systemctl revert mvm-hostd.service";

    /// Mounts by which hostd's unit shows it the host.
    private static final String WORLD =
            " / /etc/java-25-openjdk /etc/mvm/hostd.conf /etc/mvm/root.dsse /lib64 /run /run/credentials"
                    + " /run/credentials/mvm-hostd.service /run/host/.os-release-stage /run/systemd/incoming"
                    + " /run/systemd/notify /usr/lib/jvm/java-25-openjdk-amd64 /usr/lib/x86_64-linux-gnu /var/cache/mvm /var/lib/mvm-hostd /var/spool/mvm ";

    /// Mounts of the unit's own, and of mvm's programs and sockets.
    private static final String OWN = "/(dev|proc|sys|root|tmp|var/tmp|run/mvm[a-z-]*|usr/lib/mvm)(/.*)?";

    /// A finding for each thing that was looked at.
    final List<Finding> findings = new ArrayList<>();

    /// A line for each thing that is not as promised.
    final List<String> complaints = new ArrayList<>();

    /// One look at one thing.
    @FunctionalInterface
    interface Look {
        /// Returns the state that was found.
        ///
        /// @throws IOException if it is not as promised; the message is what was found
        String find() throws IOException;
    }

    /// Looks at everything, once the filter is in force.
    ///
    /// @throws Config.ConfigException in hardened mode; a line for each thing that is not as promised: what, how it
    ///     is, what to do
    static List<Finding> run(HostdConfig config) throws HostdConfig.ConfigException, ErrnoException {
        var check = new SelfCheck();
        check.process(ThreadStatus.all());
        check.view();
        new HostCheck(config).look(check);
        if (config.hardened() && !check.complaints.isEmpty()) {
            throw new HostdConfig.ConfigException(String.join("\n", check.complaints));
        }
        return List.copyOf(check.findings);
    }

    /// @param next what an operator does about it
    void look(String name, String next, Look look) {
        try {
            findings.add(new Finding(name, true, Journal.oneLine(look.find())));
        } catch (IOException | IllegalArgumentException e) {
            var found = e instanceof FileSystemException file ? "no access to " + file.getFile() : e.getMessage();
            findings.add(new Finding(name, false, Journal.oneLine(String.valueOf(found))));
            complaints.add(Journal.oneLine(name + ": " + found + "; " + next));
        }
    }

    static String expect(boolean so, String found) throws IOException {
        if (!so) {
            throw new IOException(found);
        }
        return found;
    }

    /// The last line of a file of the kernel's or the system's in which `form` is found.
    static String line(String file, String form) throws IOException {
        return Files.readString(Path.of(file), ISO_8859_1)
                .lines()
                .filter(Pattern.compile(form).asPredicate())
                .reduce((_, last) -> last)
                .orElseThrow(() -> new IOException("nothing of the kind in " + file));
    }

    /// Checks the rights of the process, the same in every one of its threads.
    private void process(List<ThreadStatus> threads) {
        look("capabilities", UNIT, () -> {
            for (var t : threads) {
                long all = t.effective() | t.permitted() | t.bounding() | t.inheritable() | t.ambient();
                expect(all == 0, "it has some: capsh --decode=" + Long.toHexString(all) + " names them");
            }
            return "none, and none to get";
        });
        look("no new privileges", UNIT, () -> everyThread(threads, ThreadStatus::noNewPrivileges));
        look("system call filter", UNIT, () -> everyThread(threads, t -> t.seccomp() == 2 && t.filters() > 0));
        look("no dumps", UNIT, () -> {
            expect(!ThisProcess.dumpable(), "other processes may read its memory");
            var core = line("/proc/self/limits", "^Max core file size");
            expect(core.matches("\\D+ 0 +0 .*"), core);
            return "no core files, and no other process reads its memory";
        });
        look("socket", "clear the path; systemctl restart mvm-hostd.socket", () -> {
            try (var input = Fd.own(0).duplicate()) {
                return listens(input, "/run/mvm/hostd.sock");
            }
        });
        look("abstract sockets", UNIT, () -> abstractSockets(System.getenv("MVM_ABSTRACT_SOCKET")));
        look("service manager", UNIT, () -> {
            expect(System.getenv("NOTIFY_SOCKET") != null, "none: NOTIFY_SOCKET is not set");
            return "it starts hostd again and keeps its descriptors";
        });
        look("unit", UNIT, () -> {
            var cgroup = line("/proc/self/cgroup", "^\\d+:(name=systemd)?:").replaceFirst(".*:", "");
            return expect(cgroup.equals("/system.slice/mvm-hostd.service"), cgroup);
        });
    }

    /// Connects to the socket that `mvm-hostd-start` has left outside of the Landlock domain.
    static String abstractSockets(@Nullable String name) throws IOException {
        if (name == null) {
            throw new IOException("hostd was not started by mvm-hostd-start");
        }
        try (var _ = UnixStream.connect(UnixAddress.parse(name), Deadline.now())) {
            throw new IOException("those of other processes are open");
        } catch (ErrnoException e) {
            return expect(e.errno() == Errno.EPERM, "closed to hostd, with " + Errno.name(e.errno()));
        }
    }

    /// Checks that a socket, which this closes, listens under a path. The kernel is asked about this socket alone:
    /// the list of all sockets has names in it that any user may choose.
    static String listens(Fd socket, String path) throws IOException {
        try (var listener = UnixListener.own(socket)) {
            var bound = listener.path();
            return expect(bound.equals(path), bound.isEmpty() ? "it has no path" : bound);
        }
    }

    private static String everyThread(List<ThreadStatus> threads, Predicate<ThreadStatus> so) throws IOException {
        for (var thread : threads) {
            expect(so.test(thread), "not in thread " + thread.tid());
        }
        return "in all " + threads.size() + " threads";
    }

    /// Checks the view of the process.
    private void view() {
        look("root file system", UNIT, () -> {
            return expect(mount("/").matches("(\\S+ ){3}/mvm-world / ro[, ].*"), mount("/"));
        });
        look("other processes", UNIT, () -> {
            var options = mount("/proc").replaceFirst(".* - ", "");
            return expect(options.contains("hidepid=invisible"), options);
        });
        look("world", UNIT, () -> {
            try (var lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
                var others = lines.map(line -> line.split(" ", -1)[4]) // proc_pid_mountinfo(5)
                        .filter(point -> !point.matches(OWN) && !WORLD.contains(" " + point + " "))
                        .collect(Collectors.joining(" "));
                expect(others.isEmpty(), "it has " + others);
                return "empty but for what hostd uses";
            }
        });
    }

    private static String mount(String point) throws IOException {
        return line("/proc/self/mountinfo", "^\\d+ \\d+ \\S+ \\S+ " + point + " ");
    }
}
