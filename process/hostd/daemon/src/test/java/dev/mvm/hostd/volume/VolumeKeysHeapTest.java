package dev.mvm.hostd.volume;

import static dev.mvm.hostd.volume.VolumeFixture.ONE;
import static dev.mvm.hostd.volume.VolumeFixture.instance;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.mvm.linux.libcrypto.Hkdf;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Volumes are made, opened, put under another key and erased, and the whole Java heap is searched for what their keys
/// were derived to. (Tenants' keys themselves are on this heap, because the test has to seal them for the node.)
final class VolumeKeysHeapTest {
    @TempDir
    private Path folder;

    private boolean onTheHeap(String name, MemorySegment key) throws Exception {
        var file = folder.resolve(name + ".hprof");
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(file.toString(), false);
        try (var channel = FileChannel.open(file);
                var arena = Arena.ofConfined()) {
            var dump = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            long begins = key.get(JAVA_LONG_UNALIGNED, 0);
            for (long at = 0; at + key.byteSize() <= dump.byteSize(); at++) {
                if (dump.get(JAVA_LONG_UNALIGNED, at) == begins
                        && MemorySegment.mismatch(dump, at, at + key.byteSize(), key, 0, key.byteSize()) < 0) {
                    return true;
                }
            }
            return false;
        }
    }

    private static VolumeKeys derived(int fill) throws Exception {
        try (var tenant = SecretMemory.allocate(Hkdf.SIZE)) {
            tenant.bytes().fill((byte) fill);
            return VolumeKeys.derive(
                    new Hkdf(new Libcrypto()), tenant.bytes(), instance(ONE, 1).address());
        }
    }

    private static void open(VolumeFixture fixture, int held) throws Exception {
        try (var device = fixture.volumes.open(instance(ONE, 1), held)) {
            assertThat(device.isOpen()).isTrue();
        }
    }

    @Test
    @Tag("claim-K3")
    void derivedKeys_areNeverOnTheHeap() throws Exception {
        try (var devices = new FakeVolumeDevices();
                var fixture = new VolumeFixture(Files.createDirectory(folder.resolve("volumes")), devices.client());
                var first = derived(7);
                var second = derived(8)) {
            fixture.taken(fixture.disk(1, 7));
            open(fixture, 0);
            fixture.host.registry.put(instance(ONE, 1));
            fixture.taken(fixture.disk(2, 8));
            open(fixture, 1);
            fixture.volumes.erase(ONE);
            for (var keys : new VolumeKeys[] {first, second}) {
                assertThat(onTheHeap("seal", keys.seal().bytes())).isFalse();
                assertThat(onTheHeap("slot", keys.slot().bytes())).isFalse();
                Files.delete(folder.resolve("seal.hprof"));
                Files.delete(folder.resolve("slot.hprof"));
            }
            var copy = first.seal().bytes().toArray(JAVA_BYTE); // the search itself is tried out
            try {
                assertThat(onTheHeap("copy", first.seal().bytes())).isTrue();
            } finally {
                Reference.reachabilityFence(copy);
            }
        }
    }
}
