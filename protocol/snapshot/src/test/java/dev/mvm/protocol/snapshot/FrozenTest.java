package dev.mvm.protocol.snapshot;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Snapshots that were sealed once, under the key 00 01 .. 1f: what is on disks opens with later code, too.
final class FrozenTest {
    private static final Path FROZEN = Path.of("src/test/resources/dev/mvm/protocol/snapshot/frozen");
    private static final byte[] STATE = "what a VMM knows".getBytes(US_ASCII);

    private static byte[] guest(int... pages) {
        var out = new byte[pages.length * Machine.PAGE];
        for (int i = 0; i < pages.length; i++) {
            Arrays.fill(out, i * Machine.PAGE, (i + 1) * Machine.PAGE, (byte) pages[i]);
        }
        return out;
    }

    private static Memory.File file(String name) throws IOException {
        return new Memory.File(Files.readAllBytes(FROZEN.resolve(name)));
    }

    @Test
    void frozenSnapshots_open() throws Exception {
        var cobblestone = new Cobblestone(new Libcrypto());
        try (var secret = SecretMemory.allocate(Cobblestone.KEY);
                var derived = SecretMemory.allocate(InstanceKeys.SIZE)) {
            for (int i = 0; i < 32; i++) {
                secret.bytes().set(ValueLayout.JAVA_BYTE, i, (byte) i);
            }
            var kek = Made.keys(cobblestone, secret, Made.PLACE, derived);
            var later = Made.place("demo", "web", 1, 8);
            try (var whole = Snapshot.open(cobblestone, file("whole/manifest").bytes(), Made.PLACE, kek);
                    var base = whole.memory(file("whole/memory"), Optional.empty());
                    var difference = Snapshot.open(
                            cobblestone, file("difference/manifest").bytes(), later, kek);
                    var memory = difference.memory(file("difference/memory"), Optional.of(base));
                    var vmstate = difference.vmstate(file("difference/vmstate"))) {
                var order = new ArrayList<Integer>();
                assertThat(Made.stored(base, 6, order)).isEqualTo(guest(1, 2, 0, 4, 0, 6));
                assertThat(order).containsExactly(5, 1);
                assertThat(Made.pages(memory, 6)).isEqualTo(guest(1, 0, 0x22, 4, 0, 6));
                var state = Memory.offHeap(new byte[(int) vmstate.plainSize()]);
                vmstate.read(0, state);
                assertThat(Memory.array(state)).isEqualTo(STATE);
                assertThat(difference.manifest().machine()).isEqualTo(Made.machine(6L * Machine.PAGE));
            }
        }
    }
}
