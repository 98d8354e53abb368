package dev.mvm.sealer;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.protocol.snapshot.ChunkOpener;
import dev.mvm.protocol.snapshot.SnapshotException;
import dev.mvm.protocol.snapshot.SnapshotReason;
import dev.mvm.protocol.snapshot.StreamSealer;
import dev.mvm.sealer.JobRefusedException.Code;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// One file of a snapshot: ciphertext, or the manifest.
///
/// @param name its name in the document of snapshots
record SealedFile(String name, Fd fd) implements StreamSealer.Sink, ChunkOpener.Source {
    private static final int EDQUOT = 122; // asm-generic/errno.h

    @Override
    public void write(MemorySegment piece) throws IOException {
        try {
            for (long done = 0; done < piece.byteSize(); ) {
                done += fd.write(piece.asSlice(done));
            }
        } catch (ErrnoException e) {
            throw understood(e);
        }
    }

    void write(byte[] bytes) throws IOException {
        try (var arena = Arena.ofConfined()) {
            write(arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes));
        }
    }

    /// Brings written bytes to stable storage.
    void sync() throws IOException {
        try {
            fd.sync();
        } catch (ErrnoException e) {
            throw understood(e);
        }
    }

    @Override
    public long size() throws IOException {
        return fd.status().size();
    }

    @Override
    public void read(long offset, MemorySegment into) throws IOException {
        for (long done = 0; done < into.byteSize(); ) {
            int more = fd.read(offset + done, into.asSlice(done));
            if (more == 0) {
                throw new SnapshotException(SnapshotReason.TRUNCATED, name + " while it was read");
            }
            done += more;
        }
    }

    /// The whole file, or its first `most` bytes if it is longer.
    byte[] read(int most) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(Math.min(size(), most));
            read(0, bytes);
            return bytes.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private IOException understood(ErrnoException e) {
        boolean full = e.errno() == Errno.ENOSPC || e.errno() == Errno.EFBIG || e.errno() == EDQUOT;
        return full ? new JobRefusedException(Code.NO_SPACE, name + ": " + e.getMessage()) : e;
    }
}
