package dev.mvm.linux.process;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.call.ChildJvm;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

final class ThreadStatusTest {
    private static final int PR_GET_DUMPABLE = 3;

    private static final long NET_ADMIN = 1L << 12; // linux/capability.h

    @Test
    void everyThread_isListed() throws Exception {
        var threads = ThreadStatus.all();
        assertThat(threads).hasSizeGreaterThan(10);
        assertThat(threads)
                .anyMatch(thread -> thread.tid() == ProcessHandle.current().pid());
        assertThat(threads).extracting(ThreadStatus::tid).doesNotHaveDuplicates();
        assertThat(threads).allMatch(thread -> (thread.effective() & NET_ADMIN) != 0);
    }

    @Test
    void text_isReadField() throws Exception {
        var text = """
                Name:\tjava
                Uid:\t1879048192\t1879048192\t1879048192\t1879048192
                Gid:\t7\t7\t7\t0
                Groups:\t4 27\s
                CapInh:\t0000000000000001
                CapPrm:\t000001ffffffffff
                CapEff:\t0000000000201000
                CapBnd:\t8000000000000000
                CapAmb:\t0000000000000000
                NoNewPrivs:\t1
                Seccomp:\t2
                Seccomp_filters:\t3
                Name:\tagain
                """.getBytes(US_ASCII);
        assertThat(ThreadStatus.parse(7, text))
                .isEqualTo(new ThreadStatus(
                        7, 1879048192, -1, "4 27", 0x201000, 0x1ffffffffffL, 1, 1L << 63, 0, true, 2, 3));
    }

    @Test
    void missingField_isMalformed() {
        assertThatThrownBy(() -> ThreadStatus.parse(1, "CapEff:\t0\n".getBytes(US_ASCII)))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBADMSG));
    }

    @Test
    void refusedPrivileges_areThoseOfOneThreadOnly() throws Exception {
        var set = new CountDownLatch(1);
        var seen = new CountDownLatch(1);
        var thread = Thread.ofPlatform().start(() -> {
            try {
                var _ = SystemCall.PRCTL.call(38, 1, 0, 0, 0); // PR_SET_NO_NEW_PRIVS
                set.countDown();
                seen.await();
            } catch (ErrnoException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        set.await();
        try {
            assertThat(ThreadStatus.all())
                    .filteredOn(ThreadStatus::noNewPrivileges)
                    .hasSize(1);
        } finally {
            seen.countDown();
            thread.join();
        }
    }

    @Test
    void givenUp_staysSoForTheWholeProcess() throws Exception {
        assertThat(ChildJvm.run(GivingUp.class)).isEqualTo(new ChildJvm.Result(0, "0 0\n"));
    }

    static final class GivingUp {
        public static void main(String[] args) throws IOException {
            ThisProcess.forbidDumps();
            ThisProcess.forbidCoreFiles();
            var core = Files.readAllLines(Path.of("/proc/self/limits")).stream()
                    .filter(line -> line.matches("Max core file size +0 +0 +bytes *"))
                    .count();
            System.out.println(
                    SystemCall.PRCTL.call(PR_GET_DUMPABLE, 0, 0, 0, 0) + " " + (core == 1 ? "0" : "not limited"));
        }
    }
}
