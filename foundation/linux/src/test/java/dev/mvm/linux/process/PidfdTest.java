package dev.mvm.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenDescriptors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("MustBeClosedChecker") // closes wrongly on purpose, and counts what is left open
final class PidfdTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final int SIGKILL = 9;
    private static final int NO_SIGNAL = 0;

    private Process sleeper;

    @BeforeEach
    void start() throws Exception {
        sleeper = new ProcessBuilder("sleep", "100000").start();
    }

    @AfterEach
    void end() throws Exception {
        sleeper.destroyForcibly().waitFor();
    }

    @Test
    void process_isAliveUntilItEnds() throws Exception {
        try (var pidfd = Pidfd.open((int) sleeper.pid())) {
            assertThat(pidfd.pid()).isEqualTo((int) sleeper.pid());
            assertThat(pidfd.isAlive()).isTrue();
            assertThat(pidfd.awaitExit(Deadline.in(Duration.ofMillis(5)))).isFalse();
            pidfd.signal(NO_SIGNAL);
            pidfd.signal(SIGKILL);
            assertThat(pidfd.awaitExit(Deadline.in(LONG))).isTrue();
            assertThat(pidfd.isAlive()).isFalse();
            assertThat(sleeper.waitFor()).isEqualTo(128 + SIGKILL);
            assertErrno(Errno.ESRCH, () -> pidfd.signal(NO_SIGNAL));
            assertErrno(Errno.ESRCH, pidfd::pid);
            assertErrno(Errno.ESRCH, pidfd::stat);
            assertErrno(Errno.ESRCH, pidfd::cgroup);
        }
    }

    @Test
    void endedButNotCollected_isNotAlive() throws Exception {
        // the shell replaces itself by one that does not collect its child
        var parent = new ProcessBuilder("sh", "-c", "sh -c 'echo $$; read x' & exec sleep 100000").start();
        try (var reader = parent.inputReader()) {
            int pid = Integer.parseInt(reader.readLine());
            try (var pidfd = Pidfd.open(pid)) {
                pidfd.signal(SIGKILL);
                assertThat(pidfd.awaitExit(Deadline.in(LONG))).isTrue();
                assertThat(Path.of("/proc/" + pid + "/stat")).exists(); // a zombie has one
                assertThat(Files.readString(Path.of("/proc/" + pid + "/stat"))).contains(") Z ");
                assertErrno(Errno.ESRCH, pidfd::stat);
            }
        } finally {
            parent.destroyForcibly().waitFor();
        }
    }

    /// Its parent may collect it between any two steps of a reading; of many readings, some meet that.
    @Test
    void processThatIsCollectedDuringAReading_isGone() throws Exception {
        for (int round = 0; round < 200; round++) {
            var process = new ProcessBuilder("sleep", "100000").start();
            try (var pidfd = Pidfd.open((int) process.pid())) {
                process.destroyForcibly();
                while (process.isAlive()) {
                    errnoOf(pidfd::stat).ifPresent(PidfdTest::assertGone);
                }
                assertErrno(Errno.ESRCH, pidfd::stat);
            }
        }
    }

    private static void assertGone(int errno) {
        assertThat(Errno.name(errno)).isEqualTo(Errno.name(Errno.ESRCH));
    }

    private static Optional<Integer> errnoOf(Callable<?> call) throws Exception {
        try {
            call.call();
            return Optional.empty();
        } catch (ErrnoException e) {
            return Optional.of(e.errno());
        }
    }

    @Test
    void stat_isTheProcesses() throws Exception {
        try (var pidfd = Pidfd.open((int) sleeper.pid())) {
            var stat = pidfd.stat();
            assertThat(stat.startTicks()).isPositive();
            assertThat(pidfd.stat().startTicks()).isEqualTo(stat.startTicks());
        }
    }

    @Test
    void cgroup_isThatOfTheUnifiedHierarchy() throws Exception {
        var expected = Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
                .filter(line -> line.startsWith("0::"))
                .findFirst();
        try (var pidfd = Pidfd.open((int) sleeper.pid())) {
            if (expected.isPresent()) {
                assertThat(pidfd.cgroup()).isEqualTo(expected.get().substring(3));
            } else {
                assertErrno(Errno.ENOENT, pidfd::cgroup);
            }
        }
    }

    @Test
    void noSuchProcess_isAnError() {
        assertErrno(Errno.ESRCH, () -> Pidfd.open(Integer.MAX_VALUE));
        assertErrno(Errno.EINVAL, () -> Pidfd.open(0));
    }

    @Test
    void whatIsNoPidfd_staysItsOwners() throws Exception {
        try (var file = Fd.open(Path.of("/dev/null"))) {
            assertErrno(Errno.EBADF, () -> Pidfd.own(file));
            assertThat(file.isOpen()).isTrue();
        }
    }

    @Test
    void keptDescriptor_isTakenOver() throws Exception {
        var before = OpenDescriptors.now();
        try (var opened = Pidfd.open((int) sleeper.pid());
                var kept = Pidfd.own(opened.fd())) {
            assertThat(opened.fd().isOpen()).isFalse();
            assertThat(kept.pid()).isEqualTo((int) sleeper.pid());
        }
        assertThat(OpenDescriptors.now()).isEqualTo(before);
    }

    private static void assertErrno(int errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class,
                        e -> assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno)));
    }
}
