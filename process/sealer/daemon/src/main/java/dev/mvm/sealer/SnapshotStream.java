package dev.mvm.sealer;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus.Kind;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.sealer.JobRefusedException.Code;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// The stream from or to a VMM, which may end at any time.
///
/// @param fd for reading and writing
/// @param socket the socket of `fd`, if it is one
record SnapshotStream(Fd fd, Optional<UnixStream> socket) implements AutoCloseable {
    private static final int ECONNRESET = 104; // asm-generic/errno.h

    /// @param given moved here; a pipe, or a socket of a Unix stream
    static SnapshotStream own(Fd given) throws IOException {
        if (given.status().kind() == Kind.FIFO) {
            return new SnapshotStream(given.move(), Optional.empty());
        }
        var socket = UnixStream.own(given);
        return new SnapshotStream(socket.fd(), Optional.of(socket));
    }

    /// Reads available bytes, at most `into.byteSize()`; waits for the first.
    ///
    /// @return number of bytes, 0 at the end
    int read(MemorySegment into) throws IOException {
        try {
            return fd.read(into);
        } catch (ErrnoException e) {
            throw understood(e);
        }
    }

    /// Writes all of `from`.
    void write(MemorySegment from) throws IOException {
        try {
            for (long done = 0; done < from.byteSize(); ) {
                done += fd.write(from.asSlice(done)); // the JVM has a handler for SIGPIPE, so that EPIPE comes
            }
        } catch (ErrnoException e) {
            throw understood(e);
        }
    }

    /// Ends the stream for the VMM, even if another process has the descriptor.
    void end() throws IOException {
        if (socket.isPresent()) {
            socket.get().shutdown();
        }
        close();
    }

    private static IOException understood(ErrnoException e) {
        boolean gone = e.errno() == Errno.EPIPE || e.errno() == ECONNRESET;
        return gone ? new JobRefusedException(Code.VMM_HUNG_UP, "vmm: " + e.getMessage()) : e;
    }

    @Override
    public void close() {
        fd.close();
    }
}
