package dev.mvm.sealer;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.mvm.crypto.aead.Randomness;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.protocol.sealer.Job;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// No key, and nothing of a guest, is ever on the Java heap: all of it is searched in the middle of each job.
final class HeapTest {
    private static final int PLAIN = 3_000_000;

    @TempDir
    private Path folder;

    /// The canaries that are anywhere on the heap.
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

    private static void write(Fd to, MemorySegment bytes) throws IOException {
        for (long done = 0; done < bytes.byteSize(); ) {
            done += to.write(bytes.asSlice(done));
        }
    }

    private static void give(Exchange exchange, Job job, MemorySegment key, List<Fd> files, Fd vmm) throws Exception {
        try (var memory = SecretMemory.allocate((int) key.byteSize())) {
            memory.bytes().copyFrom(key);
            try (var keys = memory.release()) {
                exchange.say(
                        Played.request(job).encode(), List.of(keys, files.get(0), files.get(1), files.get(2), vmm));
            }
            vmm.close();
        }
    }

    /// Searches the heap before and while the plaintext goes to the VMM.
    private void open(MemorySegment key, MemorySegment plain, List<Fd> files, MemorySegment[] canaries)
            throws Exception {
        try (var arena = Arena.ofConfined();
                var vmm = Sockets.pair(Sockets.STREAM);
                var exchange = new Exchange()) {
            give(exchange, Job.OPEN, key, files, vmm.right());
            assertThat(exchange.hears()).isEqualTo("authentic");
            assertThat(onTheHeap("authentic", canaries)).isEmpty();
            exchange.say("go");
            var received = arena.allocate(PLAIN);
            for (long done = 0; done < PLAIN / 2; ) {
                done += vmm.left().read(received.asSlice(done, PLAIN / 2 - done));
            }
            assertThat(received.asSlice(0, PLAIN / 2).mismatch(plain.asSlice(0, PLAIN / 2)))
                    .isNegative();
            assertThat(onTheHeap("open", canaries)).isEmpty();
            var rest = Vmm.receives(vmm.left().move());
            assertThat(exchange.hears()).startsWith("opened ");
            exchange.ends();
            assertThat(rest.get(60, TimeUnit.SECONDS)).hasSize(PLAIN - PLAIN / 2);
        }
    }

    @Test
    @Tag("claim-S3")
    void neitherKeysNorGuests_areOnTheHeap() throws Exception {
        try (var arena = Arena.ofShared();
                var manifest = Fd.inMemory();
                var memory = Fd.inMemory();
                var vmstate = Fd.inMemory()) {
            var key = arena.allocate(64);
            var plain = arena.allocate(PLAIN);
            new Randomness(new Libcrypto()).fill(key);
            new Randomness(new Libcrypto()).fill(plain);
            var files = List.of(manifest, memory, vmstate);
            var canaries = new MemorySegment[] {
                key.asSlice(0, 32), key.asSlice(32), plain.asSlice(0, 32), plain.asSlice(1 << 20, 32)
            };
            try (var vmm = Sockets.pair(Sockets.STREAM);
                    var exchange = new Exchange()) {
                give(exchange, Job.SEAL, key, files, vmm.right());
                write(vmm.left(), plain); // by now all has been read but the rest in the socket
                assertThat(onTheHeap("seal", canaries)).isEmpty();
                vmm.left().close();
                assertThat(exchange.hears()).startsWith("sealed ");
                exchange.ends();
            }
            open(key, plain, files, canaries);
            var copy = key.toArray(JAVA_BYTE); // the search itself is tried out
            try {
                assertThat(onTheHeap("copy", canaries)).contains(canaries[0], canaries[1]);
            } finally {
                Reference.reachabilityFence(copy);
            }
        }
    }
}
