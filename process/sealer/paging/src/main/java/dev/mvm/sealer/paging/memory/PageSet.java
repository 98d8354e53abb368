package dev.mvm.sealer.paging.memory;

import java.util.BitSet;

/// Pages, by their numbers. For any thread: what one asks is true until another changes it.
final class PageSet {
    private final BitSet pages = new BitSet();

    synchronized boolean has(int page) {
        return pages.get(page);
    }

    /// Adds pages from `from` to before `to`.
    synchronized void add(int from, int to) {
        pages.set(from, to);
    }

    /// How many of `count` pages from `page` on are in it, up to the first that is not.
    synchronized int in(int page, int count) {
        return Math.min(count, pages.nextClearBit(page) - page);
    }

    /// How many of `count` pages from `page` on are not in it, up to the first that is.
    synchronized int out(int page, int count) {
        int next = pages.nextSetBit(page);
        return next < 0 ? count : Math.min(count, next - page);
    }
}
