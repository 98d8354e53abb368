package dev.mvm.sealer;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.protocol.snapshot.ChunkOpener;
import dev.mvm.protocol.snapshot.MemoryReader;
import dev.mvm.sealer.JobRefusedException.Code;
import dev.mvm.sealer.paging.memory.MemoryFill;
import dev.mvm.sealer.paging.memory.OfferedMemory;
import dev.mvm.sealer.paging.memory.PageSweep;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// Gives a VMM that wakes its state as a file to read, and its guest's memory page by page, on faults and in the
/// background. No plaintext file exists.
///
/// @param wanted used by the thread that answers faults
/// @param all used by the threads that bring the other pages, one each
record WantedPages(ChunkOpener vmstate, MemoryReader wanted, List<MemoryReader> all) {
    /// Gives the VMM everything.
    ///
    /// If this fails after the VMM has sent its userfaultfd, that stays open until hostd has killed the VMM and
    /// closed the connection: a guest whose memory is not brought must wait, and not go on with zeros.
    ///
    /// @return pages that a thread of the VMM waited for, in that order
    int[] give(RequestDescriptors given, long memoryBytes, HostdChannel hostd) throws IOException {
        try (var stop = new WakeUp();
                var listener = listener(given.faults().orElseThrow());
                var state = new ReadState(hostd.files(), vmstate, stop)) {
            hostd.onStop(() -> WrittenFiles.signal(stop));
            try {
                return fill(offered(listener, memoryBytes, stop, state), state, hostd);
            } catch (IOException e) {
                state.breakOff();
                throw e;
            } finally {
                hostd.forget(); // the wake-up is about to be closed
            }
        }
    }

    private int[] fill(OfferedMemory offered, ReadState state, HostdChannel hostd) throws IOException {
        try (var fill = new MemoryFill(offered, wanted::page)) {
            hostd.onStop(() -> stop(fill));
            try {
                fill.run(sweeps(), hostd::paged);
                return fill.asked();
            } catch (IOException e) {
                state.breakOff();
                hostd.conclude(SealerRefusal.of(e));
                hostd.awaitEnd();
                throw e;
            } finally {
                hostd.forget();
            }
        }
    }

    private static void stop(MemoryFill fill) {
        try {
            fill.stop();
        } catch (ErrnoException e) {
            throw new UncheckedIOException(e);
        }
    }

    @MustBeClosed
    private static UnixListener listener(Fd given) throws IOException {
        try {
            return UnixListener.own(given);
        } catch (IOException e) {
            throw new JobRefusedException(Code.BAD_DESCRIPTOR, "faults: " + e.getMessage());
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // the MemoryFill's
    private static OfferedMemory offered(UnixListener listener, long memoryBytes, WakeUp stop, ReadState state)
            throws IOException {
        try {
            return OfferedMemory.accept(listener.fd(), memoryBytes, stop, Deadline.never());
        } catch (IOException e) {
            state.rethrow(); // the cause of the stop
            throw e;
        }
    }

    private List<PageSweep> sweeps() {
        var sweeps = new ArrayList<PageSweep>();
        for (var reader : all) {
            sweeps.add(new Sweep(reader, new MemoryReader.Share(sweeps.size(), all.size())));
        }
        return sweeps;
    }

    private record Sweep(MemoryReader reader, MemoryReader.Share share) implements PageSweep {
        @Override
        public void zeros(Runs to) throws IOException {
            reader.zeros(to::take);
        }

        @Override
        public void workingSet(Pages to) throws IOException {
            reader.workingSet(share, to::take);
        }

        @Override
        public void rest(Pages to) throws IOException {
            reader.rest(to::take);
        }
    }
}
