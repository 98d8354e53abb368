package dev.mvm.sealer;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.fd.Fd;
import java.io.IOException;
import java.util.List;

/// Three files in memory, and one more for what a guest wants first.
record Three(Fd manifest, Fd memory, Fd vmstate, Fd workingSet) implements AutoCloseable {
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    static Three empty() throws IOException {
        return new Three(Fd.inMemory(), Fd.inMemory(), Fd.inMemory(), Fd.inMemory());
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    static Three of(SealedBytes bytes) throws IOException {
        return new Three(
                Played.file(bytes.manifest()),
                Played.file(bytes.memory()),
                Played.file(bytes.vmstate()),
                Fd.inMemory());
    }

    SealedBytes bytes() throws IOException {
        return SealedBytes.of(List.of(manifest, memory, vmstate));
    }

    @Override
    public void close() {
        manifest.close();
        memory.close();
        vmstate.close();
        workingSet.close();
    }
}
