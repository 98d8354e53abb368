package dev.mvm.linux.seccomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.call.ChildJvm;
import dev.mvm.linux.call.RawCall;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.process.ThreadStatus;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
    void otherCalls_failOnEveryThreadAndTheJvmLivesOn() throws Exception {
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
                SyscallFilter.allowing(JvmCalls.and("clone arg0 & 0x10000 = 0x10000"))
                        .install();
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
    void argument_isLookedAt() throws Exception {
        assertThat(ChildJvm.run(Arguments.class)).isEqualTo(new ChildJvm.Result(0, """
                AF_UNIX: true
                AF_NETLINK: true
                AF_INET: -1
                AF_INET6: -1
                AF_ALG: -1
                AF_VSOCK: -1
                AF_PACKET: -1
                high bits are no disguise: true -1
                process: -1
                process by clone3: -38
                thread in a network namespace: -1
                alive: 5050
                """));
    }

    static final class Arguments {
        private static final int CLONE = 56;
        private static final int CLONE3 = 435;
        private static final int SIGCHLD = 17;
        private static final int THREAD = 0x3d0f00; // what pthread_create(3) asks for
        private static final int NEWNET = 0x40000000;

        public static void main(String[] args) throws Exception {
            SyscallFilter.allowing(JvmCalls.and(
                            "socket arg0 & 0xffffffff = 0x1",
                            "socket arg0 & 0xffffffff = 0x10",
                            "clone arg0 & 0x7e032000 = 0x10000"))
                    .install();
            System.out.println("AF_UNIX: " + (socket(1) >= 0));
            System.out.println("AF_NETLINK: " + (socket(16) >= 0));
            System.out.println("AF_INET: " + socket(2));
            System.out.println("AF_INET6: " + socket(10));
            System.out.println("AF_ALG: " + socket(38));
            System.out.println("AF_VSOCK: " + socket(40));
            System.out.println("AF_PACKET: " + socket(17));
            System.out.println(
                    "high bits are no disguise: " + (socket(1L << 32 | 1) >= 0) + " " + socket(1L << 32 | 2));
            System.out.println("process: " + RawCall.of(CLONE, SIGCHLD, 0, 0, 0, 0));
            System.out.println("process by clone3: " + RawCall.of(CLONE3, 0, 0, 0, 0, 0));
            System.out.println("thread in a network namespace: " + RawCall.of(CLONE, THREAD | NEWNET, 0, 0, 0, 0));
            System.out.println("alive: " + work());
        }

        private static long socket(long family) {
            return RawCall.of(RawCall.SOCKET, family, 2 | 0x80000, 0, 0, 0); // SOCK_DGRAM, SOCK_CLOEXEC
        }
    }

    @Test
    void lineThatIsNone_isRefused() {
        for (var line : new String[] {
            "read", // no reason
            "read #", // the same
            "read# why",
            " read # why",
            "READ # why",
            "read ENOENT # why",
            "read arg6 & 0x1 = 0x1 # why",
            "read arg0 = 0x1 # why",
            "read arg0 & 1 = 1 # why",
            "read arg0 & 0x1ffffffff = 0x1 # why",
            "read write # why"
        }) {
            assertThatThrownBy(() -> SyscallFilter.allowing(line))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(line);
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
            SyscallFilter.allowing(JvmCalls.and()).install();
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
                    SyscallFilter.allowing(JvmCalls.and(name)).install();
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
            SyscallFilter.allowing(JvmCalls.and("socket", "seccomp")).install();
            SyscallFilter.allowing(JvmCalls.and("execve")).install();
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
                    var _ = SystemCall.PRCTL.call(38, 1, 0, 0, 0); // PR_SET_NO_NEW_PRIVS
                    filterThisThread();
                    ready.countDown();
                    new CountDownLatch(1).await();
                } catch (ErrnoException | InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            ready.await();
            try {
                SyscallFilter.allowing(JvmCalls.and()).install();
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
