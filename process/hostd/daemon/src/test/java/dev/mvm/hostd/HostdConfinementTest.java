package dev.mvm.hostd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.process.ThreadStatus;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// In JVMs of their own, for what is given up is given up for good.
final class HostdConfinementTest {
    private static final int EPERM = 1;
    private static final int ENOSYS = 38;

    /// A call that must fail, with arguments for which it would otherwise do something or fail in another way.
    private record Forbidden(String name, int number, List<Long> arguments) {}

    private static Forbidden call(String name, int number, long... arguments) {
        return new Forbidden(name, number, Arrays.stream(arguments).boxed().toList());
    }

    // asm/unistd_64.h
    private static final List<Forbidden> FORBIDDEN = List.of(
            call("execve", 59),
            call("execveat", 322, -1),
            call("fork", 57),
            call("vfork", 58),
            call("clone of a process", 56, 17),
            call("clone of a process that shares memory", 56, 0x4111),
            call("clone of a thread in a network namespace", 56, 0x3d0f00 | 0x40000000),
            call("clone of a thread in a user namespace", 56, 0x3d0f00 | 0x10000000),
            call("clone of a thread that is traced", 56, 0x3d0f00 | 0x2000),
            call("ptrace", 101, 0),
            call("process_vm_readv", 310),
            call("process_vm_writev", 311),
            call("process_madvise", 440, -1),
            call("kcmp", 312, 1, 1),
            call("pidfd_getfd", 438, -1, 0),
            call("kill", 62, 999_999, 0),
            call("tkill", 200, 999_999, 0),
            call("tgkill of another process", 234, 999_999, 999_999, 0),
            call("rt_sigqueueinfo", 129, 999_999),
            call("mount", 165),
            call("umount2", 166),
            call("move_mount", 429, -1, 0, -1),
            call("open_tree", 428, -1),
            call("mount_setattr", 442, -1),
            call("fsopen", 430),
            call("fsconfig", 431, -1, 6),
            call("fsmount", 432, -1),
            call("fspick", 433, -1),
            call("pivot_root", 155),
            call("chroot", 161),
            call("unshare of mounts", 272, 0x20000),
            call("unshare of users", 272, 0x10000000),
            call("unshare of network and mounts", 272, 0x40020000),
            call("unshare of the network", 272, 0x40000000),
            call("setns to any", 308, -1, 0),
            call("setns to mounts", 308, -1, 0x20000),
            call("setns to a network", 308, -1, 0x40000000),
            call("semget", 64),
            call("shmget", 29),
            call("msgget", 68),
            call("bpf", 321, 0),
            call("perf_event_open", 298),
            call("kexec_load", 246),
            call("kexec_file_load", 320, -1, -1),
            call("init_module", 175),
            call("finit_module", 313, -1),
            call("delete_module", 176),
            call("reboot", 169),
            call("swapon", 167),
            call("swapoff", 168),
            call("settimeofday", 164),
            call("clock_settime", 227),
            call("clock_adjtime", 305),
            call("adjtimex", 159),
            call("io_uring_setup", 425, 1),
            call("io_uring_enter", 426, -1),
            call("io_uring_register", 427, -1),
            call("io_setup", 206),
            call("userfaultfd", 323),
            call("keyctl", 250),
            call("add_key", 248),
            call("request_key", 249),
            call("open_by_handle_at", 304, -1),
            call("name_to_handle_at", 303, -1),
            call("acct", 163),
            call("quotactl", 179),
            call("personality", 135, 0xffffffffL),
            call("syslog", 103, 10),
            call("setuid", 105),
            call("setgid", 106),
            call("setgroups", 116),
            call("capset", 126),
            call("seccomp", 317, 2),
            call("landlock_create_ruleset", 444, 0, 0, 1),
            call("mknod", 133),
            call("mknodat", 259, -1),
            call("chown", 92),
            call("fchownat", 260, -1),
            call("setxattr", 188),
            call("link", 86),
            call("symlink", 88),
            call("sethostname", 170),
            call("prctl to be dumped again", 157, 4, 1),
            call("prctl for capabilities that are inherited", 157, 47, 4),
            call("prlimit64 of another", 302, 1),
            call("internet socket", 41, 2, 1),
            call("internet socket of version 6", 41, 10, 1),
            call("packet socket", 41, 17, 3),
            call("vsock socket", 41, 40, 1),
            call("crypto socket", 41, 38, 5),
            call("netlink socket", 41, 16, 3),
            call("netlink socket of nftables", 41, 16, 3, 12),
            call("ioctl TUNSETIFF, a tap", 16, -1, 0x400454caL),
            call("ioctl TUNSETPERSIST, a tap", 16, -1, 0x400454cbL),
            call("ioctl TIOCSTI, into a terminal", 16, -1, 0x5412),
            call("ioctl TIOCSTI with high bits", 16, -1, 1L << 32 | 0x5412),
            call("ioctl TIOCLINUX, into a console", 16, -1, 0x541c),
            call("ioctl FIFREEZE of a file system", 16, -1, 0xc0045877L),
            call("ioctl EXT4_IOC_SHUTDOWN", 16, -1, 0x8004587dL),
            call("ioctl FS_IOC_SETFLAGS", 16, -1, 0x40086602L),
            call("ioctl DM_DEV_CREATE", 16, -1, 0xc138fd03L),
            call("ioctl LOOP_CTL_GET_FREE", 16, -1, 0x4c82),
            call("ioctl NS_GET_USERNS", 16, -1, 0xb701),
            call("ioctl UFFDIO_COPY", 16, -1, 0xc028aa03L),
            call("ioctl DM_REMOVE_ALL", 16, -1, 0xc138fd01L),
            call("ioctl DM_DEV_RENAME", 16, -1, 0xc138fd05L),
            call("ioctl LOOP_CTL_REMOVE", 16, -1, 0x4c81),
            call("ioctl SIOCSIFFLAGS", 16, -1, 0x8914),
            call("iopl", 172, 3),
            call("modify_ldt", 154));

    static final class Confined {
        private Confined() {}

        public static void main(String[] args) throws Exception {
            boolean hardened = args[0].equals("hardened");
            var call = syscall();
            try (var earlier = Executors.newSingleThreadExecutor()) {
                earlier.submit(() -> {}).get();
                HostdConfinement.enter(hardened);
                Callable<List<String>> all = () -> attempts(call);
                System.out.println("main: " + all.call());
                System.out.println("earlier: " + earlier.submit(all).get());
                System.out.println("new: " + on(Thread.ofPlatform(), all));
                System.out.println("virtual: " + on(Thread.ofVirtual(), all));
                System.out.println("clone3: " + attempt(call, call("clone3", 435)));
                System.out.println("signal: " + attempt(call, call("pidfd_send_signal", 424, -1)));
                System.out.println("program: " + start());
                System.out.println("every thread filtered: "
                        + ThreadStatus.all().stream()
                                .allMatch(thread -> thread.seccomp() == 2 && thread.noNewPrivileges()));
            }
        }

        /// The names of those that do not fail as they should.
        private static List<String> attempts(MethodHandle call) throws IOException {
            var out = new ArrayList<String>();
            for (var forbidden : FORBIDDEN) {
                int errno = attempt(call, forbidden);
                if (errno != EPERM) {
                    out.add(forbidden.name() + " " + errno);
                }
            }
            return out;
        }

        private static List<String> on(Thread.Builder builder, Callable<List<String>> work) throws Exception {
            var task = new FutureTask<>(work);
            builder.start(task);
            return task.get();
        }

        private static String start() throws InterruptedException {
            try {
                return "status " + new ProcessBuilder("true").start().waitFor();
            } catch (IOException e) {
                return "none";
            }
        }

        /// @return the error number, 0 if it succeeded
        private static int attempt(MethodHandle call, Forbidden forbidden) {
            var a = new long[5];
            for (int i = 0; i < forbidden.arguments().size(); i++) {
                a[i] = forbidden.arguments().get(i);
            }
            try (var arena = Arena.ofConfined()) {
                var state = arena.allocate(Linker.Option.captureStateLayout());
                long result = (long) call.invokeExact(state, (long) forbidden.number(), a[0], a[1], a[2], a[3], a[4]);
                var errno =
                        Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));
                return result == -1 ? (int) errno.get(state, 0L) : 0;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        @SuppressWarnings("restricted") // to make calls that hostd has no names for
        private static MethodHandle syscall() {
            var six = FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG);
            MemorySegment function = Linker.nativeLinker().defaultLookup().findOrThrow("syscall");
            return Linker.nativeLinker()
                    .downcallHandle(
                            function, six, Linker.Option.captureCallState("errno"), Linker.Option.firstVariadicArg(1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev", "hardened"})
    @Tag("claim-H6")
    void afterwards_noThreadCanLeave(String mode) throws Exception {
        int ebadf = 9;
        assertThat(run(mode)).isEqualTo("""
                main: []
                earlier: []
                new: []
                virtual: []
                clone3: %d
                signal: %d
                program: none
                every thread filtered: true
                """.formatted(ENOSYS, mode.equals("dev") ? ebadf : EPERM));
    }

    private static String run(String mode) throws Exception {
        var process = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-XX:+UseSerialGC",
                        "-XX:-UsePerfData",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Confined.class.getName(),
                        mode)
                .redirectErrorStream(true)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    /// Each line is on the list once, with the reason in the file; a line that names no call fails the start.
    @Test
    void list_hasNoLineTwice() throws Exception {
        var lines = HostdConfinement.resource("syscalls")
                .lines()
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .map(line -> line.replaceFirst(" *#.*", ""))
                .toList();
        assertThat(lines).doesNotHaveDuplicates();
        assertThat(lines.stream().map(line -> line.replaceFirst("^dev ", "").replaceFirst(" .*", "")))
                .doesNotContainAnyElementsOf(List.of("io_uring_setup", "io_uring_enter", "io_uring_register"));
        assertThat(lines.stream()
                        .filter(line -> !line.startsWith("dev "))
                        .map(line -> line.replaceFirst(" .*", ""))
                        .distinct())
                .as("calls in hardened mode")
                .hasSizeBetween(1, 100);
        assertThat(lines).as("ioctl is allowed by number only").doesNotContain("ioctl", "dev ioctl");
    }
}
