package dev.mvm.linux.call;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

/// Native memory that belongs to the calling thread, so that frequent calls allocate nothing. The user of a part
/// of it uses it within one method and calls nothing else that might.
public final class PerThread {
    /// Size of [#transfer] in bytes.
    public static final int TRANSFER = 64 << 10;

    /// Offset of the number in [#errno]: on Linux a call leaves nothing else (`Linker.Option.captureStateLayout`).
    static final long ERRNO = 0;

    private static final ThreadLocal<PerThread> CURRENT = ThreadLocal.withInitial(PerThread::new);
    private static final ThreadLocal<MemorySegment> BUFFER =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(TRANSFER, Long.BYTES));

    private final MemorySegment errno = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());
    private final MemorySegment pollfd = Arena.ofAuto().allocate(Long.BYTES, Long.BYTES);

    private PerThread() {}

    /// Memory in which the linker leaves errno(3) of the call just made.
    static MemorySegment errno() {
        return CURRENT.get().errno;
    }

    /// Room for one `struct pollfd` (poll.h).
    public static MemorySegment pollfd() {
        return CURRENT.get().pollfd;
    }

    /// A buffer between Java arrays and the kernel. It is not wiped.
    public static MemorySegment transfer() {
        return BUFFER.get();
    }
}
