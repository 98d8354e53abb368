package dev.mvm.sealer.paging.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

final class PipeTest {
    private static final int FD_CLOEXEC = 1;
    private static final int F_GETFD = 1;

    @Test
    void whatIsWritten_isReadOnce_andThenTheEnd() throws Exception {
        try (var pipe = Pipe.create();
                var arena = Arena.ofConfined()) {
            assertThat(pipe.writing().write(arena.allocateFrom(JAVA_BYTE, (byte) 1, (byte) 2)))
                    .isEqualTo(2);
            pipe.writing().close();
            var into = arena.allocate(10);
            assertThat(pipe.reading().read(into)).isEqualTo(2);
            assertThat(into.asSlice(0, 2).toArray(JAVA_BYTE)).containsExactly(1, 2);
            assertThat(pipe.reading().read(into)).isZero();
        }
    }

    @Test
    void bothEnds_areClosedOnExec() throws Exception {
        try (var pipe = Pipe.create()) {
            for (var end : new Fd[] {pipe.reading(), pipe.writing()}) {
                assertThat(SystemCall.FCNTL.call(end.number(), F_GETFD)).isEqualTo(FD_CLOEXEC);
                assertThat(end.status().kind()).isEqualTo(FileStatus.Kind.FIFO);
            }
        }
    }
}
