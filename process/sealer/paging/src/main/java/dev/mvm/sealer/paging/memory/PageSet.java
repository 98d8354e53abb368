package dev.mvm.sealer.paging.memory;

import java.util.BitSet;

/// A set of page numbers. Thread-safe; a result may be out of date when another thread adds pages.
final class PageSet {
    private final BitSet pages = new BitSet();

    synchronized boolean has(int page) {
        return pages.get(page);
    }

    /// Adds pages from `from` to before `to`.
    synchronized void add(int from, int to) {
        pages.set(from, to);
    }

    /// Number of pages of the set among the `count` from `page` on, up to the first that is not in it.
    synchronized int in(int page, int count) {
        return Math.min(count, pages.nextClearBit(page) - page);
    }

    /// Number of pages outside of the set among the `count` from `page` on, up to the first that is in it.
    synchronized int out(int page, int count) {
        int next = pages.nextSetBit(page);
        return next < 0 ? count : Math.min(count, next - page);
    }
}
