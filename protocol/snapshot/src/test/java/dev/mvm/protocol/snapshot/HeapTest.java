package dev.mvm.protocol.snapshot;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.KeyName;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// No key, and nothing of a guest, is ever on the Java heap: all of it is searched after everything was done once.
final class HeapTest {
    @TempDir
    private Path folder;

    /// Which of these begin anywhere on the heap.
    private List<MemorySegment> onTheHeap(String name, MemorySegment... canaries) throws Exception {
        var file = folder.resolve(name + ".hprof");
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(file.toString(), false);
        try (var channel = FileChannel.open(file);
                var arena = Arena.ofConfined()) {
            var dump = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            var found = new ArrayList<MemorySegment>();
            for (long at = 0; at + 32 <= dump.byteSize(); at++) {
                long here = dump.get(JAVA_LONG_UNALIGNED, at);
                for (var canary : canaries) {
                    if (here == canary.get(JAVA_LONG_UNALIGNED, 0)
                            && MemorySegment.mismatch(dump, at, at + 32, canary, 0, 32) < 0) {
                        found.add(canary);
                    }
                }
            }
            return found;
        }
    }

    @Test
    void neitherKeysNorPages_areOnTheHeap() throws Exception {
        var libcrypto = new Libcrypto();
        var cobblestone = new Cobblestone(libcrypto);
        try (var secret = SecretMemory.allocate(InstanceKeys.SIZE);
                var dataKey = SecretMemory.allocate(32);
                var arena = Arena.ofConfined()) {
            cobblestone.random.fill(secret.bytes());
            var guest = arena.allocate(8L * Machine.PAGE, 8);
            cobblestone.random.fill(guest);
            var kek = new InstanceKeys(new KeyName("snap"), 1, secret);
            int[] set = {3};
            var made = Made.make(
                    cobblestone,
                    Made.PLACE,
                    Made.machine(guest.byteSize()),
                    Optional.empty(),
                    kek,
                    set,
                    writer -> writer.piece(0, guest),
                    new byte[100]);
            ManifestFile.parse(made.manifest()).unwrap(cobblestone, kek, dataKey);
            try (var snapshot = Snapshot.open(cobblestone, made.manifest(), Made.PLACE, kek);
                    var reader = snapshot.memory(new Memory.File(made.memory()), Optional.empty())) {
                var page = arena.allocate(Machine.PAGE, 8);
                assertThat(reader.page(3, page)).isTrue();
                assertThat(page.mismatch(guest.asSlice(3L * Machine.PAGE, Machine.PAGE)))
                        .isNegative();
                assertThat(onTheHeap("heap", secret.bytes(), dataKey.bytes(), page))
                        .isEmpty();
            }
            var copy = secret.bytes().toArray(JAVA_BYTE); // the search itself is tried out
            try {
                assertThat(onTheHeap("copy", secret.bytes())).contains(secret.bytes());
            } finally {
                Reference.reachabilityFence(copy);
            }
        }
    }
}
