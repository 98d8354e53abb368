package dev.mvm.sealer;

import dev.mvm.protocol.sealer.TransferMode;
import dev.mvm.protocol.snapshot.Cobblestone;
import dev.mvm.protocol.snapshot.InstanceKeys;
import dev.mvm.protocol.snapshot.MemoryWriter;
import dev.mvm.protocol.snapshot.SnapshotException;
import dev.mvm.protocol.snapshot.SnapshotReason;
import dev.mvm.protocol.snapshot.SnapshotSealer;
import dev.mvm.protocol.snapshot.StreamSealer;
import dev.mvm.protocol.snapshot.WorkingSet;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

/// Seals the memory and state that a VMM gives when it goes to sleep.
record SealJob(
        Cobblestone cobblestone,
        SealerRequest request,
        RequestDescriptors given,
        InstanceKeys keys,
        Consumer<String> log) {
    /// Most bytes of state besides the guest's memory: a VMM that was taken over must not fill the disk.
    static final long DEVICES = 64L << 20;

    private static final int[] NO_WORKING_SET = {};

    /// Does the job and gives the answer.
    String run(HostdChannel hostd) throws IOException {
        var manifestFile = new SealedFile("manifest", given.manifest());
        var memoryFile = new SealedFile("memory", given.memory());
        var vmstateFile = new SealedFile("vmstate", given.vmstate());
        try (var sealer = new SnapshotSealer(cobblestone, request.place(), request.machine(), Optional.empty());
                var memory = sealer.memory(memoryFile, workingSet());
                var vmstate = sealer.vmstate(vmstateFile)) {
            long plain = take(memory, vmstate, hostd);
            memoryFile.sync();
            vmstateFile.sync();
            hostd.checkStopped(); // with the manifest the snapshot is complete
            var manifest = sealer.manifest(memory, vmstate, keys);
            manifestFile.write(manifest);
            manifestFile.sync();
            return "sealed memory_bytes=" + memory.facts().sealedSize()
                    + " vmstate_bytes=" + vmstate.facts().sealedSize()
                    + " plain_bytes=" + plain
                    + " manifest_bytes=" + manifest.length;
        }
    }

    /// Takes memory and state of the VMM, and ends both streams.
    private long take(MemoryWriter memory, StreamSealer vmstate, HostdChannel hostd) throws IOException {
        long plain = 0;
        if (request.way() == TransferMode.STREAM) {
            try (var vmm = SnapshotStream.own(given.vmm())) {
                memory.finish();
                copy(vmm, vmstate);
            }
        } else {
            new WrittenFiles(memory, vmstate).take(request.machine().memoryBytes(), hostd);
            plain = request.machine().memoryBytes();
            memory.finish();
        }
        vmstate.finish();
        return plain + vmstate.facts().plainSize();
    }

    /// The working set of the guest's last wake. Without it, the memory is sealed in another order.
    private int[] workingSet() {
        try {
            if (given.workingSet().isPresent()) {
                var file = new SealedFile("workingset", given.workingSet().get());
                return file.size() == 0 ? NO_WORKING_SET : WorkingSet.open(cobblestone, request.place(), keys, file);
            }
        } catch (IOException e) {
            log.accept("sealed without its working set: " + e.getMessage());
        }
        return NO_WORKING_SET;
    }

    private void copy(SnapshotStream vmm, StreamSealer into) throws IOException {
        long memory = request.machine().memoryBytes();
        long most = memory + memory / 8 + DEVICES;
        long size = 0;
        try (var buffer = new PlainBuffer()) {
            for (int more; (more = vmm.read(buffer.bytes())) > 0; ) {
                size += more;
                if (size > most) {
                    throw new SnapshotException(SnapshotReason.TOO_LARGE, "more than " + most + " bytes from the VMM");
                }
                into.write(buffer.bytes(), 0, more);
            }
        }
    }
}
