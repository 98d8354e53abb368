package dev.mvm.protocol.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.linux.libcrypto.Libcrypto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Page maps as somebody with the key could make them.
final class PageMapTest {
    private static final int GUEST = 100;
    private static final byte[] CONTEXT = {};

    private final Cobblestone cobblestone = new Cobblestone(new Libcrypto());

    PageMapTest() throws Exception {}

    /// A stream of so many pages, and a map of these numbers.
    private PageMap read(int pages, boolean difference, int... numbers) throws IOException {
        var map = ByteBuffer.allocate(numbers.length * 4);
        for (int number : numbers) {
            map.putInt(number);
        }
        return read(pages, difference, map.array());
    }

    private PageMap read(int pages, boolean difference, byte[] map) throws IOException {
        var key = Memory.offHeap(new byte[32]);
        var out = new Memory.Written();
        try (var sealer = new StreamSealer(cobblestone, key, CONTEXT, out)) {
            sealer.write(Memory.offHeap(new byte[pages * Machine.PAGE]), 0, (long) pages * Machine.PAGE);
            sealer.write(Memory.offHeap(map), 0, map.length);
            sealer.finish();
        }
        try (var opener = new ChunkOpener(cobblestone, key, CONTEXT, new Memory.File(out.bytes()))) {
            return new PageMap(opener, pages, GUEST, difference);
        }
    }

    private void refused(int pages, boolean difference, int... numbers) {
        Memory.refused(SnapshotReason.PAGE_MAP, () -> read(pages, difference, numbers));
    }

    @Test
    void pages_areWhereTheMapSays() throws Exception {
        var map = read(5, true, 3, 2, 1, 2, 50, 2, 10, 1, 98, 2, 0, 3, 60, 40 - 2);
        assertThat(map.find(50)).isEqualTo(0);
        assertThat(map.find(51)).isEqualTo(1);
        assertThat(map.find(10)).isEqualTo(2);
        assertThat(map.find(98)).isEqualTo(3);
        assertThat(map.find(99)).isEqualTo(4);
        assertThat(map.find(0)).isEqualTo(PageMap.ZERO);
        assertThat(map.find(2)).isEqualTo(PageMap.ZERO);
        assertThat(map.find(97)).isEqualTo(PageMap.ZERO);
        assertThat(map.find(3)).isEqualTo(PageMap.ABSENT);
        assertThat(map.find(52)).isEqualTo(PageMap.ABSENT);
        assertThat(read(0, false, 0, 0, 0, 0).find(0)).isEqualTo(PageMap.ABSENT);
        assertThat(read(0, false, 0, 0, 0, 0).find(99)).isEqualTo(PageMap.ABSENT);
    }

    @Test
    void mapThatContradictsItself_isRefused() {
        refused(0, false); // no header
        refused(0, false, 0, 0, 0);
        refused(0, false, 0, 0, 0, 0, 0); // half a run
        refused(0, false, 1, 0, 0, 0); // a run that is not there
        refused(1, false, 0, 0, 0, 0, 1, 1); // one too many
        refused(1, false, -1, 2, 0, 0, 1, 1);
        refused(1, true, Integer.MAX_VALUE, Integer.MAX_VALUE, 0, 0, 1, 1);
        refused(0, false, 0, 1, 0, 0, 1, 1); // zero pages without a base
        refused(1, false, 1, 0, 0, 2, 1, 1); // working set of more than there is
        refused(1, false, 1, 0, 1, 1, 1, 1);
        refused(1, false, 1, 0, -1, 1, 1, 1);
        refused(1, false, 1, 0, 1, -1, 1, 1);
        refused(1, false, 1, 0, Integer.MAX_VALUE, Integer.MAX_VALUE, 1, 1);
    }

    @Test
    void runsThatDoNotFit_areRefused() {
        refused(1, false, 1, 0, 0, 0, GUEST, 1); // outside of the guest
        refused(2, false, 1, 0, 0, 0, GUEST - 1, 2);
        refused(1, false, 1, 0, 0, 0, -1, 1);
        refused(1, false, 1, 0, 0, 0, 1, 0); // nothing
        refused(1, false, 1, 0, 0, 0, 1, -1);
        refused(1, false, 1, 0, 0, 0, Integer.MAX_VALUE, Integer.MAX_VALUE);
        refused(2, false, 1, 0, 0, 0, 1, 1); // fewer than are stored
        refused(1, false, 1, 0, 0, 0, 1, 2); // more
        refused(2, false, 2, 0, 0, 0, 5, 1, 5, 1); // twice
        refused(4, false, 2, 0, 0, 0, 5, 2, 4, 2);
        refused(4, false, 2, 0, 0, 0, 5, 1, 4, 3);
        refused(2, false, 2, 0, 0, 0, 5, 1, 6, 1); // two runs that are one
        refused(1, true, 1, 1, 0, 0, 5, 1, 5, 1); // stored, and zero
        refused(0, true, 0, 2, 0, 0, 5, 1, 4, 1); // zero pages that do not ascend
        refused(0, true, 0, 2, 0, 0, 5, 1, 6, 1); // and that are one run
    }

    /// Either a reason, or what a simple-minded reading of the same bytes says.
    @FuzzTest(maxDuration = "10s")
    void anyMap_isReadAsItSaysOrRefused(byte[] bytes) throws IOException {
        if (bytes.length < 1) {
            return;
        }
        var numbers = ByteBuffer.allocate(Math.min(bytes.length - 1, 400) * 4);
        for (int i = 0; i < numbers.capacity() / 4; i++) {
            numbers.putInt(bytes[i + 1]); // small numbers get further
        }
        int pages = bytes[0] & 7;
        for (boolean difference : new boolean[] {false, true}) {
            Optional<PageMap> map;
            try {
                map = Optional.of(read(pages, difference, numbers.array()));
            } catch (SnapshotException e) {
                assertThat(e.reason()).isEqualTo(SnapshotReason.PAGE_MAP);
                continue;
            }
            var model = model(numbers.flip());
            for (int page = 0; page < GUEST; page++) {
                assertThat(map.get().find(page)).isEqualTo(model.getOrDefault(page, PageMap.ABSENT));
            }
            assertThat(model.values().stream().filter(at -> at >= 0)).hasSize(pages);
        }
    }

    private static Map<Integer, Integer> model(ByteBuffer map) {
        int stored = map.getInt();
        int cleared = map.getInt();
        var _ = map.getLong();
        var out = new HashMap<Integer, Integer>();
        int at = 0;
        for (int run = 0; run < stored + cleared; run++) {
            int first = map.getInt();
            int count = map.getInt();
            for (int i = 0; i < count; i++) {
                assertThat(out.put(first + i, run < stored ? at++ : PageMap.ZERO))
                        .isNull();
            }
        }
        return out;
    }
}
