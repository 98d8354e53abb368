package dev.mvm.sealer;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.protocol.snapshot.ChunkOpener;
import dev.mvm.protocol.snapshot.Cobblestone;
import dev.mvm.protocol.snapshot.Snapshot;
import dev.mvm.protocol.snapshot.TenantKey;
import dev.mvm.sealer.RefusedException.Code;
import java.io.IOException;
import java.util.Optional;

/// Opens a snapshot and gives a VMM what it migrates from.
record OpenJob(Cobblestone cobblestone, Request request, Descriptors files, TenantKey key) {
    private static final int MORE_THAN_A_MANIFEST = 8193; // so that one that is too long is seen to be

    /// Does the job and gives the answer.
    String run(VmmStream vmm, Hostd hostd) throws IOException {
        try (var vmstate = open()) {
            hostd.authentic();
            copy(vmstate, vmm);
            vmm.end();
            return "opened plain_bytes=" + vmstate.plainSize();
        }
    }

    /// All that can be known before a byte goes out: manifest, both headers, both last chunks, the page map.
    @MustBeClosed
    private ChunkOpener open() throws IOException {
        var manifest = new SealedFile("manifest", files.manifest()).read(MORE_THAN_A_MANIFEST);
        try (var snapshot = Snapshot.open(cobblestone, manifest, request.place(), key)) {
            if (!snapshot.manifest().machine().equals(request.machine())) {
                throw new RefusedException(
                        Code.WRONG_MACHINE, "made on " + snapshot.manifest().machine());
            }
            if (snapshot.manifest().pages() != 0) {
                throw new RefusedException(Code.WRONG_WAY, snapshot.manifest().pages() + " pages");
            }
            try (var _ = snapshot.memory(new SealedFile("memory", files.memory()), Optional.empty())) {
                return snapshot.vmstate(new SealedFile("vmstate", files.vmstate()));
            }
        }
    }

    private static void copy(ChunkOpener from, VmmStream vmm) throws IOException {
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
