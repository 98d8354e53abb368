package dev.mvm.linux.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.call.ChildJvm;
import dev.mvm.linux.call.RawCall;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.process.ThisProcess;
import dev.mvm.linux.process.ThreadStatus;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Each filter is installed in a JVM of its own, for it can never be removed.
final class SyscallFilterTest {
    private static final int SIGSYS = 31;

    @Test
    @Tag("claim-H6")
    void deniedCalls_failOnEveryThreadAndTheJvmLivesOn() throws Exception {
        assertThat(ChildJvm.run(Denying.class)).isEqualTo(new ChildJvm.Result(0, """
                before: main 0
                main: denied
                pool: denied
                new: denied
                virtual: denied
                execve: -1
                execveat: -1
                socket: -1
                filtered: true
                alive: 5050
                """));
    }

    static final class Denying {
        public static void main(String[] args) throws Exception {
            try (var pool = Executors.newSingleThreadExecutor()) {
                System.out.println("before: main " + pool.submit(Denying::start).get());
                SyscallFilter.denying(Set.of("execve", "execveat", "socket")).install();
                System.out.println("main: " + start());
                System.out.println("pool: " + pool.submit(Denying::start).get());
                System.out.println("new: " + on(Thread.ofPlatform()));
                System.out.println("virtual: " + on(Thread.ofVirtual()));
                System.out.println("execve: " + RawCall.of(RawCall.EXECVE, 0, 0, 0, 0, 0));
                System.out.println("execveat: " + RawCall.of(RawCall.EXECVEAT, -1, 0, 0, 0, 0));
                System.out.println("socket: " + RawCall.of(RawCall.SOCKET, 1, 1, 0, 0, 0));
                System.out.println("filtered: "
                        + ThreadStatus.all().stream()
                                .allMatch(thread ->
                                        thread.seccomp() == 2 && thread.filters() == 1 && thread.noNewPrivileges()));
                System.out.println("alive: " + work());
            }
        }

        private static String start() throws InterruptedException {
            try {
                return Integer.toString(new ProcessBuilder("true").start().waitFor());
            } catch (IOException e) {
                return e.getMessage().contains("error=1,") || e.getMessage().contains("error: 1 ")
                        ? "denied"
                        : e.getMessage();
            }
        }

        private static String on(Thread.Builder builder) throws Exception {
            var task = new FutureTask<>(Denying::start);
            builder.start(task);
            return task.get();
        }
    }

    @Test
    void onlyAllowedCalls_areMadeAndTheJvmLivesOn() throws Exception {
        var result = ChildJvm.run(Allowing.class);
        assertThat(result).isEqualTo(new ChildJvm.Result(0, "ptrace: -1\nsocket: -1\nunshare: -1\nalive: 5050\n"));
    }

    /// What a JVM needs to go on: memory, threads, time, files.
    static final class Allowing {
        private static final Set<String> CALLS = Set.of(
                "brk",
                "mmap",
                "munmap",
                "mprotect",
                "madvise",
                "mremap", // memory, and code that is compiled
                "futex",
                "clone3",
                "clone",
                "set_robust_list",
                "rseq",
                "set_tid_address",
                "gettid",
                "getpid",
                "sched_yield",
                "sched_getaffinity",
                "membarrier",
                "prctl",
                "rt_sigprocmask",
                "rt_sigreturn",
                "rt_sigaction",
                "sigaltstack",
                "tgkill",
                "exit",
                "exit_group", // threads
                "clock_gettime",
                "clock_nanosleep",
                "clock_getres",
                "getrusage",
                "restart_syscall",
                "nanosleep",
                "getrandom",
                "sysinfo",
                "uname",
                "getcpu",
                "times", // time and numbers
                "read",
                "write",
                "pread64",
                "readv",
                "writev",
                "close",
                "openat",
                "openat2",
                "lseek",
                "fstat",
                "newfstatat",
                "statx",
                "getdents64",
                "fcntl",
                "readlink",
                "readlinkat",
                "access",
                "faccessat2",
                "ioctl",
                "poll",
                "ppoll",
                "prlimit64",
                "getcwd");

        public static void main(String[] args) throws Exception {
            SyscallFilter.allowing(CALLS).install();
            System.out.println("ptrace: " + RawCall.of(101, 0, 0, 0, 0, 0));
            System.out.println("socket: " + RawCall.of(RawCall.SOCKET, 1, 1, 0, 0, 0));
            System.out.println("unshare: " + RawCall.of(272, 0, 0, 0, 0, 0));
            System.out.println("alive: " + work());
        }
    }

    /// Compiles, collects garbage, starts threads, reads files: 5050.
    private static int work() throws Exception {
        var parts = new ArrayList<Callable<Integer>>();
        for (int i = 1; i <= 100; i++) {
            int number = i;
            parts.add(() -> {
                var garbage = new byte[1 << 20];
                garbage[number] = 1;
                for (int j = 0; j < 20_000; j++) {
                    garbage[j % 4096] += (byte) Integer.bitCount(j ^ number);
                }
                return Files.readString(Path.of("/proc/self/stat")).isEmpty() ? 0 : number;
            });
        }
        int sum = 0;
        try (var pool = Executors.newFixedThreadPool(8);
                var virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var future : pool.invokeAll(parts)) {
                sum += future.get();
            }
            for (var future : virtual.invokeAll(parts)) {
                sum += future.get();
            }
        }
        System.gc();
        return sum / 2;
    }

    @Test
    void callByAForeignConvention_killsTheProcess() throws Exception {
        var result = ChildJvm.run(Foreign.class);
        assertThat(result.exit()).isEqualTo(128 + SIGSYS);
        assertThat(result.output()).startsWith("native: ").doesNotContain("x32");
    }

    static final class Foreign {
        private static final int X32 = 0x4000_0000;

        public static void main(String[] args) throws IOException {
            SyscallFilter.denying(Set.of("execve")).install();
            System.out.println("native: " + RawCall.of(RawCall.GETPID, 0, 0, 0, 0, 0));
            System.out.println("x32: " + RawCall.of(X32 | RawCall.GETPID, 0, 0, 0, 0, 0));
        }
    }

    @Test
    void nameThatIsNoCall_installsNothing() throws Exception {
        assertThat(ChildJvm.run(Misspelled.class)).isEqualTo(new ChildJvm.Result(0, """
                seccomp_syscall_resolve_name: EINVAL (exceve)
                seccomp_syscall_resolve_name: EINVAL (socketcall)
                unfiltered: true
                """));
    }

    static final class Misspelled {
        public static void main(String[] args) throws IOException {
            for (var name : new String[] {"exceve", "socketcall"}) { // the second is of 32-bit x86
                try {
                    SyscallFilter.denying(Set.of("execve", name)).install();
                } catch (ErrnoException e) {
                    System.out.println(e.getMessage());
                }
            }
            System.out.println("unfiltered: "
                    + ThreadStatus.all().stream().allMatch(thread -> thread.seccomp() == 0 && thread.filters() == 0));
        }
    }

    @Test
    void secondFilter_isAddedToTheFirst() throws Exception {
        assertThat(ChildJvm.run(Twice.class)).isEqualTo(new ChildJvm.Result(0, "-1 -1 2\n"));
    }

    static final class Twice {
        public static void main(String[] args) throws IOException {
            SyscallFilter.denying(Set.of("execve")).install();
            SyscallFilter.denying(Set.of("socket")).install();
            System.out.println(RawCall.of(RawCall.EXECVE, 0, 0, 0, 0, 0) + " "
                    + RawCall.of(RawCall.SOCKET, 1, 1, 0, 0, 0) + " "
                    + ThreadStatus.all().getFirst().filters());
        }
    }

    @Test
    void threadWithAFilterOfItsOwn_isNotOverlooked() throws Exception {
        var result = ChildJvm.run(Diverged.class);
        assertThat(result).isEqualTo(new ChildJvm.Result(0, "seccomp_load: ESRCH\nmain 0\n"));
    }

    /// The kernel cannot give all threads the same filters when one of them already has others.
    static final class Diverged {
        private static final int SECCOMP = 317;
        private static final int SECCOMP_SET_MODE_FILTER = 1;

        public static void main(String[] args) throws Exception {
            var ready = new CountDownLatch(1);
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    ThisProcess.refuseNewPrivileges();
                    filterThisThread();
                    ready.countDown();
                    new CountDownLatch(1).await();
                } catch (ErrnoException | InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            ready.await();
            try {
                SyscallFilter.denying(Set.of("execve")).install();
            } catch (ErrnoException e) {
                System.out.println(e.getMessage());
            }
            var main = ThreadStatus.all().stream()
                    .filter(thread -> thread.filters() == 0)
                    .count();
            System.out.println("main " + (main > 5 ? 0 : 1));
        }

        private static void filterThisThread() {
            try (var arena = Arena.ofConfined()) {
                var allow = arena.allocateFrom(ValueLayout.JAVA_INT, 6, 0x7fff_0000); // BPF_RET, SECCOMP_RET_ALLOW
                long program = arena.allocateFrom(ValueLayout.JAVA_LONG, 1, allow.address())
                        .address();
                if (RawCall.of(SECCOMP, SECCOMP_SET_MODE_FILTER, 0, program, 0, 0) != 0) {
                    throw new AssertionError("seccomp");
                }
            }
        }
    }
}
