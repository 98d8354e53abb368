import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.libcrypto.Libcrypto;
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
import dev.mvm.protocol.snapshot.SnapshotId;
import dev.mvm.protocol.snapshot.SnapshotSealer;
import dev.mvm.protocol.snapshot.StreamSealer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A sealed guest in a folder, as a sealer is given it.
record WakeSnapshot(Path folder) {
    /// The keys of the instance; nothing is secret. A sealer takes zeros for keys that are missing.
    static final byte[] KEYS = new byte[InstanceKeys.SIZE];

    static {
        Arrays.fill(KEYS, (byte) 1);
    }

    private static final KeyName KEY_NAME = new KeyName("snap");
    private static final TenantId TENANT = new TenantId("demo");
    private static final PoolId POOL = new PoolId("web");
    private static final InstanceId INSTANCE = InstanceId.of(1);
    private static final int STATE = 40_000; // bytes of a VMM's state, about

    /// Seals `guest`, the pages of `workingSet` first.
    static WakeSnapshot make(Path folder, Path guest, int[] workingSet) throws IOException {
        Files.createDirectories(folder);
        var cobblestone = new Cobblestone(new Libcrypto());
        var place = new SnapshotId(TENANT, POOL, INSTANCE, 1);
        var machine = new Machine("firecracker", "1", "1", "cpu", "kernel", 1, Guest.SIZE);
        try (var from = FileChannel.open(guest);
                var memoryFile = created(folder.resolve("memory"));
                var stateFile = created(folder.resolve("vmstate"));
                var arena = Arena.ofShared();
                var secret = SecretMemory.allocate(InstanceKeys.SIZE);
                var sealer = new SnapshotSealer(cobblestone, place, machine, Optional.empty());
                var memory = sealer.memory(sink(memoryFile), workingSet);
                var vmstate = sealer.vmstate(sink(stateFile))) {
            memory.whole(from.map(FileChannel.MapMode.READ_ONLY, 0, Guest.SIZE, arena));
            memory.finish();
            vmstate.write(arena.allocate(STATE), 0, STATE);
            vmstate.finish();
            secret.bytes().copyFrom(MemorySegment.ofArray(KEYS));
            var kek = new InstanceKeys(KEY_NAME, 1, secret);
            Files.write(folder.resolve("manifest"), sealer.manifest(memory, vmstate, kek));
        }
        return new WakeSnapshot(folder);
    }

    private static FileChannel created(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private static StreamSealer.Sink sink(FileChannel to) {
        return piece -> {
            var bytes = piece.asByteBuffer();
            while (bytes.hasRemaining()) {
                to.write(bytes);
            }
        };
    }

    /// Returns hostd's request to wake it.
    byte[] request() {
        var machine = new MachineFacts("firecracker", "1", "1", "cpu", "kernel", 1, Guest.SIZE);
        return new SealRequest(Job.OPEN, TransferMode.PAGES, TENANT, POOL, INSTANCE, 1, machine, KEY_NAME, 1).encode();
    }

    /// Its files, in the order of a request.
    List<Fd> files() throws IOException {
        return List.of(
                Fd.open(folder.resolve("manifest")),
                Fd.open(folder.resolve("memory")),
                Fd.open(folder.resolve("vmstate")));
    }
}
