package dev.mvm.sealer.paging;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.WakeUp;
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
import dev.mvm.protocol.snapshot.MemoryReader;
import dev.mvm.protocol.snapshot.MemoryWriter;
import dev.mvm.protocol.snapshot.Snapshot;
import dev.mvm.protocol.snapshot.SnapshotId;
import dev.mvm.protocol.snapshot.SnapshotSealer;
import dev.mvm.protocol.snapshot.StreamSealer;
import dev.mvm.sealer.paging.fuse.FileContents;
import dev.mvm.sealer.paging.fuse.FuseConnection;
import dev.mvm.sealer.paging.fuse.FuseFile;
import dev.mvm.sealer.paging.fuse.FuseMount;
import dev.mvm.sealer.paging.memory.GuestPages;
import dev.mvm.sealer.paging.memory.MemoryFill;
import dev.mvm.sealer.paging.memory.PageSweep;
import dev.mvm.sealer.paging.memory.Vmm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A guest's memory and its VMM's state, sealed as they are written through the kernel's FUSE, and opened again as
/// the VMM asks: nowhere between is there a plaintext file.
final class SleepAndWakeTest {
    private static final SnapshotId PLACE =
            new SnapshotId(new TenantId("demo"), new PoolId("web"), InstanceId.of(1), 7);
    private static final byte[] STATE =
            "registers and devices".repeat(600).getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    @TempDir
    private Path folder;

    private final Cobblestone cobblestone = new Cobblestone(new Libcrypto());

    SleepAndWakeTest() throws Exception {}

    /// A file that is written, then read.
    private static final class Sealed implements StreamSealer.Sink, ChunkOpener.Source {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        @Override
        public void write(MemorySegment piece) {
            out.writeBytes(piece.toArray(ValueLayout.JAVA_BYTE));
        }

        @Override
        public long size() {
            return out.size();
        }

        @Override
        public void read(long offset, MemorySegment into) {
            MemorySegment.copy(MemorySegment.ofArray(out.toByteArray()), offset, into, 0, into.byteSize());
        }
    }

    /// Seals what comes.
    private record Sealing(MemoryWriter memory, StreamSealer vmstate) implements FileContents {
        @Override
        public void write(FuseFile file, long offset, MemorySegment bytes) throws IOException {
            switch (file) {
                case MEMORY -> memory.piece(offset, bytes);
                case VMSTATE -> vmstate.write(bytes, 0, bytes.byteSize());
            }
        }

        @Override
        public void read(FuseFile file, long offset, MemorySegment into) throws IOException {
            throw new IOException("nothing is read at sleep");
        }
    }

    /// Opens what is asked for.
    private record Opening(ChunkOpener vmstate) implements FileContents {
        @Override
        public void write(FuseFile file, long offset, MemorySegment bytes) throws IOException {
            throw new IOException("nothing is written at wake");
        }

        @Override
        public void read(FuseFile file, long offset, MemorySegment into) throws IOException {
            vmstate.read(offset, into);
        }
    }

    private record Sweep(MemoryReader reader) implements PageSweep {
        @Override
        public void zeros(Runs to) throws IOException {
            reader.zeros(to::take);
        }

        @Override
        public void workingSet(Pages to) throws IOException {
            reader.workingSet(MemoryReader.Share.ALL, to::take);
        }

        @Override
        public void rest(Pages to) throws IOException {
            reader.rest(to::take);
        }
    }

    /// Calls of a VMM on the directory.
    private interface Use {
        void of(FuseMount mount) throws IOException;
    }

    private static void serve(boolean writing, long vmstateBytes, FileContents contents, Use use) throws IOException {
        try (var mount = FuseMount.make();
                var connection = writing
                        ? FuseConnection.writing(mount.device, Vmm.BYTES, vmstateBytes, 0, 0, contents)
                        : FuseConnection.reading(mount.device, vmstateBytes, 0, 0, contents);
                var stop = new WakeUp()) {
            var end = Threads.start(() -> {
                try (connection) {
                    return connection.serve(stop);
                }
            });
            use.of(mount);
            stop.signal();
            assertThat(end.join()).isEqualTo(FuseConnection.End.STOPPED);
        }
    }

    private static void writeAll(FuseMount mount) throws IOException {
        try (var arena = Arena.ofConfined();
                var state = FileChannel.open(mount.file("vmstate"), WRITE, CREATE);
                var memory = FileChannel.open(mount.file("memory"), WRITE, CREATE)) {
            assertThat(state.write(ByteBuffer.wrap(STATE))).isEqualTo(STATE.length);
            var all = arena.allocate(Vmm.BYTES, Machine.PAGE);
            for (int page = 0; page < Vmm.PAGES; page++) {
                GuestPages.fill(all, (long) page * Machine.PAGE, page);
            }
            assertThat(memory.write(all.asByteBuffer())).isEqualTo((int) Vmm.BYTES);
        }
    }

    private byte[] sleep(Sealed memoryFile, Sealed stateFile, InstanceKeys kek) throws IOException {
        var machine = new Machine("firecracker", "1.16.1", "9.0.0", "Some CPU", "6.12.57", 2, Vmm.BYTES);
        try (var sealer = new SnapshotSealer(cobblestone, PLACE, machine, Optional.empty());
                var memory = sealer.memory(memoryFile, new int[] {400, 3, 0});
                var vmstate = sealer.vmstate(stateFile)) {
            serve(true, STATE.length, new Sealing(memory, vmstate), SleepAndWakeTest::writeAll);
            memory.finish();
            vmstate.finish();
            return sealer.manifest(memory, vmstate, kek);
        }
    }

    @Test
    void whatWasWrittenAtSleep_isThereAtWake() throws Exception {
        var memoryFile = new Sealed();
        var stateFile = new Sealed();
        try (var key = SecretMemory.allocate(InstanceKeys.SIZE)) {
            key.bytes().fill((byte) 9);
            var kek = new InstanceKeys(new KeyName("demo-snapshot"), 1, key);
            var manifest = sleep(memoryFile, stateFile, kek);
            try (var snapshot = Snapshot.open(cobblestone, manifest, PLACE, kek);
                    var vmstate = snapshot.vmstate(stateFile);
                    // the thread that answers faults does not wait for the other's reader
                    var single = snapshot.memory(memoryFile, Optional.empty());
                    var all = snapshot.memory(memoryFile, Optional.empty());
                    var vmm = Vmm.start(folder)) {
                serve(
                        false,
                        STATE.length,
                        new Opening(vmstate),
                        mount -> assertThat(Files.readAllBytes(mount.file("vmstate")))
                                .isEqualTo(STATE));
                try (var fill = new MemoryFill(vmm.send(), single::page)) {
                    vmm.tell("all 4");
                    fill.run(
                            List.of(new Sweep(all)),
                            () -> assertThat(fill.facts().swept() + fill.facts().onDemand())
                                    .isGreaterThanOrEqualTo(3));
                    int content = Vmm.pagesWithContent();
                    assertThat(vmm.answer())
                            .isEqualTo("snapshot " + content + " zero " + (Vmm.PAGES - content) + " other 0");
                }
            }
        }
    }
}
