package dev.mvm.sealer.paging.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import java.lang.foreign.Arena;

/// A pipe; pipe(2). What waits in it is in the kernel's memory, which is never swapped.
public record Pipe(Fd reading, Fd writing) implements AutoCloseable {
    private static final int O_CLOEXEC = 0x8_0000; // asm-generic/fcntl.h

    @MustBeClosed
    public static Pipe create() throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var ends = arena.allocate(JAVA_INT, 2);
            var _ = SystemCall.PIPE2.call(ends.address(), O_CLOEXEC);
            return new Pipe(Fd.own(ends.getAtIndex(JAVA_INT, 0)), Fd.own(ends.getAtIndex(JAVA_INT, 1)));
        }
    }

    @Override
    public void close() {
        reading.close();
        writing.close();
    }
}
