package dev.mvm.sealer;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.protocol.sealer.TransferMode;
import dev.mvm.protocol.snapshot.ChunkOpener;
import dev.mvm.protocol.snapshot.Cobblestone;
import dev.mvm.protocol.snapshot.InstanceKeys;
import dev.mvm.protocol.snapshot.MemoryReader;
import dev.mvm.protocol.snapshot.Snapshot;
import dev.mvm.protocol.snapshot.WorkingSet;
import dev.mvm.sealer.JobRefusedException.Code;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Opens a snapshot and gives it to a VMM that wakes.
record OpenJob(
        Cobblestone cobblestone,
        SealerRequest request,
        RequestDescriptors given,
        InstanceKeys keys,
        Consumer<String> log) {
    static final int MORE_THAN_A_MANIFEST = 8193; // to notice a manifest that is too long

    /// Does the job and gives the answer.
    String run(HostdChannel hostd) throws IOException {
        return request.way() == TransferMode.STREAM ? stream(hostd) : pages(hostd);
    }

    private String stream(HostdChannel hostd) throws IOException {
        try (var vmm = SnapshotStream.own(given.vmm());
                var snapshot = open();
                var vmstate = vmstate(snapshot);
                var _ = memory(snapshot)) { // checked, though it is empty
            hostd.authentic();
            copy(vmstate, vmm);
            vmm.end();
            return "opened plain_bytes=" + vmstate.plainSize();
        }
    }

    private String pages(HostdChannel hostd) throws IOException {
        try (var snapshot = open();
                var vmstate = vmstate(snapshot);
                var wanted = memory(snapshot); // each thread has its own
                var all = memory(snapshot);
                var half = memory(snapshot)) {
            hostd.authentic();
            var asked = new WantedPages(vmstate, wanted, List.of(all, half))
                    .give(given, request.machine().memoryBytes(), hostd);
            remember(WorkingSet.next(all.workingSet(), asked));
            return "opened plain_bytes="
                    + (vmstate.plainSize() + request.machine().memoryBytes());
        }
    }

    /// Keeps the guest's working set for its next sleep. A failure does not matter: the guest has woken already.
    private void remember(int[] pages) {
        try {
            WorkingSet.seal(
                    cobblestone,
                    request.place(),
                    keys,
                    pages,
                    new SealedFile("workingset", given.workingSet().orElseThrow()));
        } catch (IOException e) {
            log.accept("woken without its working set: " + e.getMessage());
        }
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's, closed here on the way out of an error
    private Snapshot open() throws IOException {
        var manifest = new SealedFile("manifest", given.manifest()).read(MORE_THAN_A_MANIFEST);
        var snapshot = Snapshot.open(cobblestone, manifest, request.place(), keys);
        try {
            check(snapshot);
            return snapshot;
        } catch (IOException e) {
            snapshot.close();
            throw e;
        }
    }

    private void check(Snapshot snapshot) throws JobRefusedException {
        var manifest = snapshot.manifest();
        if (!manifest.machine().equals(request.machine())) {
            throw new JobRefusedException(Code.WRONG_MACHINE, "made on " + manifest.machine());
        }
        if ((manifest.pages() == 0) != (request.way() == TransferMode.STREAM)) {
            throw new JobRefusedException(Code.WRONG_WAY, manifest.pages() + " pages");
        }
    }

    @MustBeClosed
    private ChunkOpener vmstate(Snapshot snapshot) throws IOException {
        return snapshot.vmstate(new SealedFile("vmstate", given.vmstate()));
    }

    @MustBeClosed
    private MemoryReader memory(Snapshot snapshot) throws IOException {
        return snapshot.memory(new SealedFile("memory", given.memory()), Optional.empty());
    }

    private static void copy(ChunkOpener from, SnapshotStream vmm) throws IOException {
        try (var buffer = new PlainBuffer()) {
            for (long at = 0; at < from.plainSize(); ) {
                var piece = buffer.bytes().asSlice(0, Math.min(buffer.bytes().byteSize(), from.plainSize() - at));
                from.read(at, piece);
                vmm.write(piece);
                at += piece.byteSize();
            }
        }
    }
}
