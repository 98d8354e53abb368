package dev.mvm.linux.fd;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.PerThread;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;

/// Gets a thread out of poll(2); eventfd(2). Readable from the first [#signal] until [#clear].
public final class WakeUp implements AutoCloseable {
    private static final int EFD_CLOEXEC = 0x8_0000; // sys/eventfd.h
    private static final int EFD_NONBLOCK = 0x800;

    private final Fd fd;

    /// An event that has not been signalled.
    @MustBeClosed
    public WakeUp() throws ErrnoException {
        this.fd = Fd.own(SystemCall.EVENTFD2.call(0, EFD_CLOEXEC | EFD_NONBLOCK));
    }

    /// Wakes all threads that poll [#fd], now and until cleared. Any thread may call this.
    public void signal() throws ErrnoException {
        var one = PerThread.transfer().asSlice(0, Long.BYTES);
        one.set(JAVA_LONG, 0, 1L);
        long result = SystemCall.WRITE.attempt(fd.number(), one, 0);
        if (result < 0 && result != -Errno.EAGAIN) { // a full counter is a signalled one
            throw SystemCall.WRITE.failure(result);
        }
    }

    /// Takes the signal back.
    ///
    /// @return whether there was one
    public boolean clear() throws ErrnoException {
        long result = SystemCall.READ.attempt(fd.number(), PerThread.transfer().asSlice(0, Long.BYTES), 0);
        if (result < 0 && result != -Errno.EAGAIN) {
            throw SystemCall.READ.failure(result);
        }
        return result > 0;
    }

    /// The descriptor to poll; it stays this object's.
    public Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }
}
