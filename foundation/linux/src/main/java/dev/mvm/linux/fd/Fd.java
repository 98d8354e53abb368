package dev.mvm.linux.fd;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.CString;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/// An open file descriptor and the duty to close it; open(2), close(2). It is closed exactly once: a number closed
/// twice may by then be somebody else's file. All descriptors made here are close-on-exec.
///
/// The thread that uses a descriptor also closes it. Closing it under a thread that is blocked in a call leaves
/// that thread with a number that may be reused.
public final class Fd implements AutoCloseable {
    private static final int CLOSED = -1;
    private static final int F_DUPFD_CLOEXEC = 1030; // linux/fcntl.h
    private static final int F_GETFL = 3; // asm-generic/fcntl.h
    private static final int MFD_CLOEXEC = 1; // linux/memfd.h
    private static final int FALLOC_FL_KEEP_SIZE = 1; // linux/falloc.h
    private static final int FIRST_FREE = 3; // never in the place of standard input, output or error

    private final AtomicInteger number;

    private Fd(long number) {
        if (number < 0 || number > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("not a descriptor number: " + number);
        }
        this.number = new AtomicInteger((int) number);
    }

    /// Takes over an open descriptor without another owner: just returned by a system call, or inherited.
    public static Fd own(long number) {
        return new Fd(number);
    }

    /// Opens a file by a path that is ours: from the configuration, or fixed in the code. Symbolic links are
    /// followed; whatever others can write to is opened from a [Directory] instead.
    @MustBeClosed
    public static Fd open(Path path, OpenFlag... flags) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var text = CString.of(arena, path.toString());
            int bits = OpenFlag.bits(flags);
            return new Fd(OpenAt2.open(arena, OpenAt2.AT_FDCWD, text, bits, 0, OpenAt2.TRUSTED));
        }
    }

    /// A file in memory that has no name; memfd_create(2). What must never be swapped is for
    /// [dev.mvm.linux.secret.SecretMemory].
    @MustBeClosed
    public static Fd inMemory() throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            return new Fd(SystemCall.MEMFD_CREATE.call(CString.of(arena, "mvm").address(), MFD_CLOEXEC));
        }
    }

    /// Path to the open file in this process, for libraries that want a path; valid until this is closed.
    public Path path() {
        return Path.of("/proc/self/fd/" + number());
    }

    /// The number, for passing on; valid until this is closed.
    ///
    /// @throws IllegalStateException if it is closed, or has been moved
    public int number() {
        int n = number.get();
        if (n == CLOSED) {
            throw new IllegalStateException("the descriptor is closed");
        }
        return n;
    }

    public boolean isOpen() {
        return number.get() != CLOSED;
    }

    /// Hands the descriptor to a new owner; closing this one then does nothing. So a descriptor that was opened in
    /// a try-with-resources statement outlives it only when everything went well, and what is to be kept in a field
    /// is moved there.
    public Fd move() {
        int n = number.getAndSet(CLOSED);
        if (n == CLOSED) {
            throw new IllegalStateException("the descriptor is closed");
        }
        return new Fd(n);
    }

    /// A second descriptor of the same open file; fcntl(2), F_DUPFD_CLOEXEC.
    @MustBeClosed
    public Fd duplicate() throws ErrnoException {
        return new Fd(SystemCall.FCNTL.call(number(), F_DUPFD_CLOEXEC, FIRST_FREE));
    }

    /// Returns the status of the open file; statx(2).
    public FileStatus status() throws ErrnoException {
        return FileStatus.of(number());
    }

    /// The flags it was opened with (O_PATH, O_NONBLOCK and so on); fcntl(2), F_GETFL.
    public int openFlags() throws ErrnoException {
        return (int) SystemCall.FCNTL.call(number(), F_GETFL);
    }

    /// Reads at most `into.byteSize()` bytes; read(2). Blocks until there is something.
    ///
    /// @param into off-heap memory
    /// @return how many bytes, 0 at the end of the file
    public int read(MemorySegment into) throws ErrnoException {
        return transfer(SystemCall.READ, into, 0);
    }

    /// Reads like the other [#read], from `offset` on, wherever others read; pread(2).
    public int read(long offset, MemorySegment into) throws ErrnoException {
        return transfer(SystemCall.PREAD64, into, offset);
    }

    /// Writes at most `from.byteSize()` bytes; write(2).
    ///
    /// @param from off-heap memory
    /// @return how many were taken
    public int write(MemorySegment from) throws ErrnoException {
        return transfer(SystemCall.WRITE, from, 0);
    }

    /// Writes all of it; write(2).
    ///
    /// @param from off-heap memory
    public void writeAll(MemorySegment from) throws ErrnoException {
        for (long done = 0; done < from.byteSize(); ) {
            done += write(from.asSlice(done));
        }
    }

    private int transfer(SystemCall call, MemorySegment memory, long offset) throws ErrnoException {
        while (true) {
            long result = call.attempt(number(), memory, offset);
            if (result >= 0) {
                return (int) result;
            }
            if (result != -Errno.EINTR) {
                throw call.failure(result);
            }
        }
    }

    /// Makes the file that long, cut off or filled up with a hole; ftruncate(2).
    public void resize(long bytes) throws ErrnoException {
        var _ = SystemCall.FTRUNCATE.call(number(), bytes);
    }

    /// Makes the file at least that long, and gives it room on its file system for all of it, so that no later write
    /// into it fails for want of space; fallocate(2). After a failure the file is as long as before.
    ///
    /// @throws ErrnoException ENOSPC if there is not that much room, EOPNOTSUPP if the file system can promise none
    public void reserve(long bytes) throws ErrnoException {
        long before = status().size();
        try {
            var _ = SystemCall.FALLOCATE.call(number(), FALLOC_FL_KEEP_SIZE, 0, bytes);
            if (bytes > before) {
                resize(bytes);
            }
        } catch (ErrnoException e) {
            resize(before); // returns the room beyond its end that it has got so far
            throw e;
        }
    }

    /// Waits until everything written is on stable storage; fsync(2). For a directory: the names in it.
    public void sync() throws ErrnoException {
        var _ = SystemCall.FSYNC.call(number());
    }

    /// Closes the descriptor unless that has happened. Never repeated on an interrupt: Linux has released the
    /// number by then. Late write errors are not looked for here: call [#sync] after writing data that must last.
    ///
    /// @throws IllegalStateException if the number was not open, that is, someone closed what was not theirs
    @Override
    public void close() {
        int n = number.getAndSet(CLOSED);
        if (n != CLOSED && SystemCall.CLOSE.attempt(n, 0, 0, 0, 0, 0) == -Errno.EBADF) {
            throw new IllegalStateException("descriptor " + n + " was closed by someone else");
        }
    }

    /// Closes a descriptor that somebody hostile has sent, on a thread of its own: close(2) of a file in a FUSE file
    /// system waits for its server.
    public void closeApart() {
        Thread.ofPlatform().name("close").daemon().start(move()::close);
    }

    @Override
    public String toString() {
        int n = number.get();
        return n == CLOSED ? "fd closed" : "fd " + n;
    }
}
