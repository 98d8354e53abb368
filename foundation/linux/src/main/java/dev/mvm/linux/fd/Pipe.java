package dev.mvm.linux.fd;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.PerThread;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;

/// A way for bytes from one descriptor to the other; pipe2(2). The reader sees its end when [#to] is closed everywhere.
///
/// @param from what is read from
/// @param to what is written to
public record Pipe(Fd from, Fd to) implements AutoCloseable {
    private static final int O_CLOEXEC = 0x8_0000;

    /// An empty pipe.
    @MustBeClosed
    public static Pipe open() throws ErrnoException {
        var both = PerThread.transfer().asSlice(0, 2 * Integer.BYTES);
        var _ = SystemCall.PIPE2.call(both.address(), O_CLOEXEC);
        return new Pipe(Fd.own(both.getAtIndex(JAVA_INT, 0)), Fd.own(both.getAtIndex(JAVA_INT, 1)));
    }

    @Override
    public void close() {
        from.close();
        to.close();
    }
}
