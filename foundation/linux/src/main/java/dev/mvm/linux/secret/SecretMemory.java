package dev.mvm.linux.secret;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.Mapped;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// A page of memory for one secret: never swapped, in no dump, wiped when closed. Where the kernel has memfd_secret(2)
/// the page is not even in the kernel's own map of memory; elsewhere it is locked, mlock(2), and left out of core
/// files, madvise(2). Where neither can be had there is no such memory: a secret is not put anywhere else.
///
/// May be used by any thread, and closed by any; a thread that comes after that gets an `IllegalStateException`.
public final class SecretMemory implements AutoCloseable {
    private static final int PAGE = 4096;
    private static final int READ_WRITE = 3; // PROT_READ | PROT_WRITE, asm-generic/mman-common.h
    private static final int MAP_SHARED = 1; // linux/mman.h
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22; // as above
    private static final int MADV_DONTDUMP = 16; // asm-generic/mman-common.h
    private static final int O_CLOEXEC = 0x80000; // asm-generic/fcntl.h

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final Optional<Fd> file;

    private SecretMemory(long address, int size, Optional<Fd> file) {
        this.file = file;
        this.memory = Mapped.at(address, size, arena, () -> SystemCall.MUNMAP.attempt(address, PAGE, 0, 0, 0, 0));
    }

    /// Zeroed memory.
    ///
    /// @param size 1 to 4096 bytes
    /// @throws ErrnoException if this process may lock no more memory (RLIMIT_MEMLOCK)
    @MustBeClosed
    public static SecretMemory allocate(int size) throws ErrnoException {
        if (size < 1 || size > PAGE) {
            throw new IllegalArgumentException(size + " bytes: want 1 to " + PAGE);
        }
        long file = SystemCall.MEMFD_SECRET.attempt(O_CLOEXEC, 0, 0, 0, 0, 0);
        if (file < 0) { // a kernel without it, or told not to have it
            return new SecretMemory(locked(), size, Optional.empty());
        }
        try (var fd = Fd.own(file)) {
            var _ = SystemCall.FTRUNCATE.call(file, PAGE);
            long address = SystemCall.MMAP.call(0, PAGE, READ_WRITE, MAP_SHARED, file);
            return new SecretMemory(address, size, Optional.of(fd.move()));
        }
    }

    /// The memory behind a [#descriptor] of an earlier process, which has made it of the same size.
    ///
    /// @param descriptor is taken over, and left where it is on the way out of an error
    @MustBeClosed
    public static SecretMemory of(Fd descriptor, int size) throws ErrnoException {
        long address = SystemCall.MMAP.call(0, PAGE, READ_WRITE, MAP_SHARED, descriptor.number());
        return new SecretMemory(address, size, Optional.of(descriptor.move()));
    }

    private static long locked() throws ErrnoException {
        long address = SystemCall.MMAP.call(0, PAGE, READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1);
        try {
            var _ = SystemCall.MLOCK.call(address, PAGE);
            var _ = SystemCall.MADVISE.call(address, PAGE, MADV_DONTDUMP);
            return address;
        } catch (ErrnoException e) {
            var _ = SystemCall.MUNMAP.call(address, PAGE);
            throw e;
        }
    }

    /// The secret itself: to be handed to system calls and libcrypto, and copied to nowhere else.
    public MemorySegment bytes() {
        return memory;
    }

    /// Returns what keeps it secret, `memfd_secret` or `mlock`.
    public String means() {
        return file.isPresent() ? "memfd_secret" : "mlock";
    }

    /// Returns what another process maps to have the same memory; it stays this object's.
    ///
    /// @throws ErrnoException ENOSYS where there is no memfd_secret(2): locked memory has no descriptor
    public Fd descriptor() throws ErrnoException {
        return file.orElseThrow(() -> new ErrnoException("memfd_secret", Errno.ENOSYS));
    }

    /// Gives the memory away as it is: unmaps it, and does not wipe it. The kernel does that when the last process
    /// that maps the descriptor has closed it.
    ///
    /// @throws ErrnoException as [#descriptor]; then it is still here
    @MustBeClosed
    public Fd release() throws ErrnoException {
        var released = descriptor().move();
        arena.close();
        return released;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            memory.fill((byte) 0);
            arena.close();
            file.ifPresent(Fd::close);
        }
    }
}
