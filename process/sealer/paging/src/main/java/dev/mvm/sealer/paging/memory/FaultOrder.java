package dev.mvm.sealer.paging.memory;

import java.util.Arrays;
import java.util.BitSet;

/// Pages that a thread of the VMM waited for, in that order, each once. Only the first are kept, since a guest can
/// fault on all of its pages.
final class FaultOrder {
    /// Most pages that are kept.
    static final int MOST = 1 << 16;

    private final BitSet known = new BitSet();
    private int[] pages = new int[64];
    private int count;

    synchronized void add(int page) {
        if (count == MOST || known.get(page)) {
            return;
        }
        known.set(page);
        if (count == pages.length) {
            pages = Arrays.copyOf(pages, 2 * count);
        }
        pages[count++] = page;
    }

    synchronized int[] pages() {
        return Arrays.copyOf(pages, count);
    }
}
