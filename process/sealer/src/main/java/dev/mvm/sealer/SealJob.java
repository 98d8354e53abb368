package dev.mvm.sealer;

import dev.mvm.protocol.snapshot.Cobblestone;
import dev.mvm.protocol.snapshot.Reason;
import dev.mvm.protocol.snapshot.SnapshotException;
import dev.mvm.protocol.snapshot.SnapshotSealer;
import dev.mvm.protocol.snapshot.StreamSealer;
import dev.mvm.protocol.snapshot.TenantKey;
import java.io.IOException;
import java.util.Optional;

/// Seals what a VMM writes when it migrates.
record SealJob(Cobblestone cobblestone, Request request, Descriptors files, TenantKey key) {
    private static final long DEVICES = 64L << 20; // bytes of state that are not the guest's memory
    private static final int[] NO_WORKING_SET = {};

    /// Does the job and gives the answer.
    String run(VmmStream vmm) throws IOException {
        var manifestFile = new SealedFile("manifest", files.manifest());
        var memoryFile = new SealedFile("memory", files.memory());
        var vmstateFile = new SealedFile("vmstate", files.vmstate());
        try (var sealer = new SnapshotSealer(cobblestone, request.place(), request.machine(), Optional.empty());
                var memory = sealer.memory(memoryFile, NO_WORKING_SET);
                var vmstate = sealer.vmstate(vmstateFile)) {
            memory.finish();
            copy(vmm, vmstate);
            vmstate.finish();
            memoryFile.sync();
            vmstateFile.sync();
            var manifest = sealer.manifest(memory, vmstate, key);
            manifestFile.write(manifest);
            manifestFile.sync();
            return "sealed memory_bytes=" + memory.facts().sealedSize()
                    + " vmstate_bytes=" + vmstate.facts().sealedSize()
                    + " plain_bytes=" + vmstate.facts().plainSize()
                    + " manifest_bytes=" + manifest.length;
        }
    }

    /// A VMM is not believed: it may send a little more than its guest has, and not fill the disk.
    private void copy(VmmStream vmm, StreamSealer into) throws IOException {
        long memory = request.machine().memoryBytes();
        long most = memory + memory / 8 + DEVICES;
        long size = 0;
        try (var buffer = new PlainBuffer()) {
            for (int more; (more = vmm.read(buffer.bytes())) > 0; ) {
                size += more;
                if (size > most) {
                    throw new SnapshotException(Reason.TOO_LARGE, "more than " + most + " bytes from the VMM");
                }
                into.write(buffer.bytes(), 0, more);
            }
        }
    }
}
