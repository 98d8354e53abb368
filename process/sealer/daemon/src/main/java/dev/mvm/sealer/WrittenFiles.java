package dev.mvm.sealer;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.protocol.snapshot.MemoryWriter;
import dev.mvm.protocol.snapshot.SnapshotException;
import dev.mvm.protocol.snapshot.SnapshotReason;
import dev.mvm.protocol.snapshot.StreamSealer;
import dev.mvm.sealer.JobRefusedException.Code;
import dev.mvm.sealer.paging.fuse.FileContents;
import dev.mvm.sealer.paging.fuse.FuseConnection;
import dev.mvm.sealer.paging.fuse.FuseFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;

/// Files that a VMM writes at sleep, sealed piece by piece: no plaintext file exists.
record WrittenFiles(MemoryWriter memory, StreamSealer vmstate) {
    private static final int ROOT = 0; // the mount does not check the owner of files

    /// Serves both files until hostd says that the VMM has written them.
    ///
    /// @throws JobRefusedException `vmm_hung_up` if the VMM ends before that, `stopped` if hostd says so
    /// @throws SnapshotException `bad_piece` if a piece comes twice or out of order, or memory is missing
    void take(long memoryBytes, HostdChannel hostd) throws IOException {
        var contents = new Contents();
        try (var written = new WakeUp();
                var files = FuseConnection.writing(hostd.files(), memoryBytes, SealJob.DEVICES, ROOT, ROOT, contents)) {
            hostd.onGo(() -> signal(written));
            try {
                serve(files, written, hostd);
            } finally {
                hostd.forget(); // the wake-up is about to be closed
            }
            if (files.size(FuseFile.MEMORY) != memoryBytes) {
                throw new SnapshotException(
                        SnapshotReason.BAD_PIECE,
                        files.size(FuseFile.MEMORY) + " bytes of memory instead of " + memoryBytes);
            }
            if (files.size(FuseFile.VMSTATE) != contents.stateBytes) {
                throw new SnapshotException(SnapshotReason.BAD_PIECE, "a hole at the end of the VMM's state");
            }
        }
    }

    /// Takes the memory and state of a rehearsed guest, without a VMM and a mount.
    ///
    /// @param piece bytes of one write
    void rehearse(MemorySegment guest, long piece) throws IOException {
        var contents = new Contents();
        for (long at = 0; at < guest.byteSize(); at += piece) {
            contents.write(FuseFile.MEMORY, at, guest.asSlice(at, piece));
        }
        contents.write(FuseFile.VMSTATE, 0, guest.asSlice(0, piece / 2));
    }

    private static void serve(FuseConnection files, WakeUp written, HostdChannel hostd) throws IOException {
        try {
            if (files.serve(written) == FuseConnection.End.UNMOUNTED) {
                throw new JobRefusedException(Code.VMM_HUNG_UP, "the files are unmounted");
            }
            hostd.checkStopped();
            files.drain();
        } catch (IOException e) {
            try {
                files.breakOff();
            } catch (IOException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    static void signal(WakeUp wakeUp) {
        try {
            wakeUp.signal();
        } catch (ErrnoException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Memory comes in any order, the VMM's state from its beginning to its end.
    private final class Contents implements FileContents {
        private long stateBytes;

        @Override
        public void write(FuseFile file, long offset, MemorySegment bytes) throws IOException {
            switch (file) {
                case MEMORY -> memory.piece(offset, bytes);
                case VMSTATE -> {
                    if (offset != stateBytes) {
                        throw new SnapshotException(SnapshotReason.BAD_PIECE, "the VMM's state, out of order");
                    }
                    vmstate.write(bytes, 0, bytes.byteSize());
                    stateBytes += bytes.byteSize();
                }
            }
        }

        @Override
        public void read(FuseFile file, long offset, MemorySegment into) throws IOException {
            throw new IOException("the files are only written");
        }
    }
}
