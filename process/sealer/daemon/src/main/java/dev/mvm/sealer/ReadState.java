package dev.mvm.sealer;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.protocol.snapshot.ChunkOpener;
import dev.mvm.sealer.JobRefusedException.Code;
import dev.mvm.sealer.paging.fuse.FileContents;
import dev.mvm.sealer.paging.fuse.FuseConnection;
import dev.mvm.sealer.paging.fuse.FuseFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Serves the file `vmstate` to a VMM that wakes, on a thread of its own, until this is broken off or closed.
final class ReadState implements AutoCloseable {
    private static final int ROOT = 0; // the mount does not check the owner of files

    private final FuseConnection files;
    private final WakeUp failed;
    private final WakeUp done = new WakeUp();
    private final Thread thread = Thread.ofPlatform().daemon().name("vmstate").unstarted(this::serve);
    private volatile @Nullable IOException failure;
    private volatile boolean brokenOff;

    /// @param device lent until this is broken off or closed
    /// @param failed is signalled if serving fails before this is closed
    @SuppressWarnings("MustBeClosedChecker") // closed by close()
    ReadState(Fd device, ChunkOpener vmstate, WakeUp failed) throws IOException {
        this.failed = failed;
        this.files = FuseConnection.reading(device, vmstate.plainSize(), ROOT, ROOT, new Contents(vmstate));
        thread.start();
    }

    private void serve() {
        try {
            if (files.serve(done) == FuseConnection.End.UNMOUNTED) {
                throw new JobRefusedException(Code.VMM_HUNG_UP, "the files are unmounted");
            }
            leave();
        } catch (IOException e) {
            brokenOff = true;
            fail(e);
            try {
                leave();
            } catch (IOException second) {
                e.addSuppressed(second);
            }
        }
    }

    private void leave() throws IOException {
        if (brokenOff) {
            files.breakOff();
        } else {
            files.drain();
        }
    }

    private void fail(IOException e) {
        failure = e;
        try {
            failed.signal();
        } catch (ErrnoException second) {
            e.addSuppressed(second);
        }
    }

    void rethrow() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    /// Ends before the VMM has read the file: its requests fail. The device is no longer used when this returns.
    void breakOff() throws IOException {
        brokenOff = true;
        end();
    }

    private void end() throws IOException {
        done.signal();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() throws IOException {
        end();
        files.close();
        done.close();
    }

    private record Contents(ChunkOpener vmstate) implements FileContents {
        @Override
        public void write(FuseFile file, long offset, MemorySegment bytes) throws IOException {
            throw new IOException("the file is only read");
        }

        @Override
        public void read(FuseFile file, long offset, MemorySegment into) throws IOException {
            vmstate.read(offset, into);
        }
    }
}
