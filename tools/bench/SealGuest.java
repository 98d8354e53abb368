import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyName;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.snapshot.ChunkOpener;
import dev.mvm.protocol.snapshot.Cobblestone;
import dev.mvm.protocol.snapshot.InstanceKeys;
import dev.mvm.protocol.snapshot.Machine;
import dev.mvm.protocol.snapshot.SnapshotId;
import dev.mvm.protocol.snapshot.Snapshot;
import dev.mvm.protocol.snapshot.SnapshotSealer;
import dev.mvm.protocol.snapshot.StreamSealer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/// A snapshot of a guest, from a file to a file, against what copies or encrypts all of it.
final class SealGuest {
    private static final SnapshotId PLACE = new SnapshotId(new TenantId("demo"), new PoolId("web"), InstanceId.of(1), 1);
    private static final Machine MACHINE = new Machine("vmm", "1", "1", "cpu", "kernel", 1, Guest.SIZE);
    private static final int[] NO_SET = {};

    private final Cobblestone cobblestone = new Cobblestone(new Libcrypto());
    private final InstanceKeys kek = new InstanceKeys(new KeyName("snap"), 1, SecretMemory.allocate(InstanceKeys.SIZE));
    private final Path guest;
    private final Path memory;
    private final Path other;
    private final Path ageKey;
    private byte[] manifest = {};

    /// @param dir has `guest` and `age.key`
    SealGuest(Path dir) throws Exception {
        this.guest = dir.resolve("guest");
        this.memory = dir.resolve("memory");
        this.other = dir.resolve("other");
        this.ageKey = dir.resolve("age.key");
    }

    /// Seconds, and less of them than a program takes: it is a daemon that seals.
    double seal() {
        return seconds(() -> {
            try (var from = FileChannel.open(guest);
                    var to = FileChannel.open(memory, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                    var arena = Arena.ofShared();
                    var sealer = new SnapshotSealer(cobblestone, PLACE, MACHINE, Optional.empty());
                    var writer = sealer.memory(sink(to), NO_SET);
                    var vmstate = sealer.vmstate(_ -> {})) {
                writer.whole(from.map(FileChannel.MapMode.READ_ONLY, 0, Guest.SIZE, arena));
                writer.finish();
                vmstate.finish();
                manifest = sealer.manifest(writer, vmstate, kek);
            }
        });
    }

    private static StreamSealer.Sink sink(FileChannel to) {
        return piece -> {
            var bytes = piece.asByteBuffer();
            while (bytes.hasRemaining()) {
                to.write(bytes);
            }
        };
    }

    double cp() {
        return program("cp", guest.toString(), other.toString());
    }

    double age() {
        return program("age", "-e", "-i", ageKey.toString(), "-o", other.toString(), guest.toString());
    }

    /// Seconds that a program takes, without those of starting one.
    private static double program(String... command) {
        return run(List.of(command)) - run(List.of("true"));
    }

    private static double run(List<String> command) {
        return seconds(() -> {
            if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
                throw new IllegalStateException(command + " failed");
            }
        });
    }

    private static double seconds(Figures.Work work) {
        try {
            long begin = System.nanoTime();
            work.once();
            return (System.nanoTime() - begin) / 1e9;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /// Drops the last output, so that each round writes to new memory.
    void forget() {
        try {
            Files.deleteIfExists(memory);
            Files.deleteIfExists(other);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Returns the share of the guest's size that was written.
    double percent() throws IOException {
        return 100.0 * (Files.size(memory) + manifest.length) / Guest.SIZE;
    }

    /// That what was written last opens, and is the guest.
    void check() throws IOException {
        try (var file = FileChannel.open(memory);
                var channel = FileChannel.open(guest);
                var arena = Arena.ofConfined();
                var snapshot = Snapshot.open(cobblestone, manifest, PLACE, kek);
                var reader = snapshot.memory(source(file), Optional.empty())) {
            var expected = channel.map(FileChannel.MapMode.READ_ONLY, 0, Guest.SIZE, arena);
            var page = arena.allocate(Guest.PAGE, 8);
            var zeros = arena.allocate(Guest.PAGE, 8);
            for (long at = 0; at < Guest.SIZE; at += Guest.PAGE) {
                var is = reader.page((int) (at / Guest.PAGE), page) ? page : zeros;
                if (is.mismatch(expected.asSlice(at, Guest.PAGE)) >= 0) {
                    throw new IllegalStateException("another guest than was sealed");
                }
            }
        }
    }

    private static ChunkOpener.Source source(FileChannel file) {
        return new ChunkOpener.Source() {
            @Override
            public long size() throws IOException {
                return file.size();
            }

            @Override
            public void read(long offset, MemorySegment into) throws IOException {
                var bytes = into.asByteBuffer();
                while (bytes.hasRemaining()) {
                    if (file.read(bytes, offset + bytes.position()) < 0) {
                        throw new IOException("the file ends");
                    }
                }
            }
        };
    }
}
