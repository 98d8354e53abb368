package dev.mvm.sealer;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyName;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.MachineFacts;
import dev.mvm.protocol.sealer.SealRequest;
import dev.mvm.protocol.sealer.TransferMode;
import dev.mvm.protocol.snapshot.Cobblestone;
import dev.mvm.protocol.snapshot.InstanceKeys;
import dev.mvm.protocol.snapshot.Machine;
import dev.mvm.protocol.snapshot.MemoryReader;
import dev.mvm.protocol.snapshot.Snapshot;
import dev.mvm.protocol.snapshot.SnapshotSealer;
import dev.mvm.protocol.snapshot.WorkingSet;
import dev.mvm.sealer.paging.fuse.FuseRehearsal;
import dev.mvm.sealer.paging.memory.MemoryRehearsal;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// Rehearses the one job of a sealer before a VMM waits for it: a guest of its own goes to sleep and wakes, under
/// keys of zeros. hostd connects while the VMM still has to be paused or started; by then the JVM has loaded, linked
/// and compiled the code.
///
/// The rehearsal runs before privileges are given up and before a request is read, so that no data of a tenant is
/// in the process. All files are in memory.
record SealerRehearsal(Cobblestone cobblestone) {
    private static final int PAGES = 1024;
    private static final int PIECE = 256; // pages, as many as FUSE brings at once
    private static final int[] FIRST = {9, 3, 500};

    /// Rounds after which the code for each chunk is compiled.
    private static final int ROUNDS = 6;

    /// Tells whether a request has come.
    @FunctionalInterface
    interface Asked {
        boolean already() throws IOException;
    }

    /// Runs the rehearsal.
    ///
    /// @param asked tells whether a request has come, which ends the rehearsal early
    void run(Asked asked) throws IOException {
        var request = request();
        try (var secret = SecretMemory.allocate(InstanceKeys.SIZE);
                var arena = Arena.ofShared()) {
            var keys = new InstanceKeys(request.key(), request.keyVersion(), secret);
            var guest = arena.allocate((long) PAGES * Machine.PAGE, Machine.PAGE);
            for (long page = 0; page < PAGES; page++) {
                guest.set(JAVA_LONG, page * Machine.PAGE, page % 5); // a fifth of it is zeros
            }
            for (int round = 0; round < ROUNDS && !asked.already(); round++) {
                sleepAndWake(request, keys, guest);
                if (round == 0 && !asked.already()) { // code that runs once a request, before code that runs often
                    FuseRehearsal.run();
                    MemoryRehearsal.run();
                }
            }
        }
    }

    private static SealerRequest request() throws IOException {
        var machine = new MachineFacts("none", "0", "0", "none", "none", 1, (long) PAGES * Machine.PAGE);
        var asked = new SealRequest(
                Job.SEAL,
                TransferMode.FILES,
                new TenantId("none"),
                new PoolId("none"),
                InstanceId.of(1),
                0,
                machine,
                new KeyName("none"),
                1);
        return SealerRequest.parse(asked.encode());
    }

    private void sleepAndWake(SealerRequest request, InstanceKeys keys, MemorySegment guest) throws IOException {
        try (var manifest = Fd.inMemory();
                var memory = Fd.inMemory();
                var vmstate = Fd.inMemory();
                var set = Fd.inMemory()) {
            var manifestFile = new SealedFile("manifest", manifest);
            var memoryFile = new SealedFile("memory", memory);
            var stateFile = new SealedFile("vmstate", vmstate);
            var setFile = new SealedFile("workingset", set);
            WorkingSet.seal(cobblestone, request.place(), keys, FIRST, setFile);
            var first = WorkingSet.open(cobblestone, request.place(), keys, setFile);
            try (var sealer = new SnapshotSealer(cobblestone, request.place(), request.machine(), Optional.empty());
                    var memorySealer = sealer.memory(memoryFile, first);
                    var stateSealer = sealer.vmstate(stateFile)) {
                var files = new WrittenFiles(memorySealer, stateSealer);
                files.rehearse(guest, (long) PIECE * Machine.PAGE);
                memorySealer.finish();
                stateSealer.finish();
                manifestFile.write(sealer.manifest(memorySealer, stateSealer, keys));
                manifestFile.sync();
            }
            var bytes = manifestFile.read(OpenJob.MORE_THAN_A_MANIFEST);
            try (var snapshot = Snapshot.open(cobblestone, bytes, request.place(), keys);
                    var state = snapshot.vmstate(stateFile);
                    var reader = snapshot.memory(memoryFile, Optional.empty())) {
                wake(reader, guest.asSlice(0, Machine.PAGE));
                state.read(0, guest.asSlice(0, state.plainSize()));
            }
        }
    }

    private static void wake(MemoryReader reader, MemorySegment page) throws IOException {
        reader.zeros((_, _) -> {});
        reader.workingSet(MemoryReader.Share.ALL, (_, _, _, _) -> {});
        reader.rest((_, _, _, _) -> {});
        for (int number = 0; number < PIECE; number++) {
            var _ = reader.page(number, page);
        }
        var _ = WorkingSet.next(reader.workingSet(), FIRST);
    }
}
