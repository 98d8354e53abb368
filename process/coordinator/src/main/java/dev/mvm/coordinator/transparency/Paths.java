package dev.mvm.coordinator.transparency;

import dev.mvm.coordinator.store.StoreException;
import dev.mvm.model.Digest;
import java.util.ArrayList;
import java.util.List;

/// Makes proofs (RFC 9162 sections 2.1.3.1 and 2.1.4.1) from the roots of complete subtrees. A proof takes at most
/// two roots for each level of the tree.
final class Paths {
    /// Reads the roots of complete subtrees.
    @FunctionalInterface
    interface Subtrees {
        Digest hash(int level, long index) throws StoreException;
    }

    private final Subtrees subtrees;

    Paths(Subtrees subtrees) {
        this.subtrees = subtrees;
    }

    /// Returns the path from the leaf `index` to the root of `size` leaves, 0 <= index < size.
    List<Digest> inclusion(long index, long size) throws StoreException {
        var path = new ArrayList<Digest>();
        long from = 0;
        long to = size;
        // from the root down, then reversed
        while (to - from > 1) {
            long middle = from + split(to - from);
            if (index < middle) {
                path.add(root(middle, to));
                to = middle;
            } else {
                path.add(root(from, middle));
                from = middle;
            }
        }
        return path.reversed();
    }

    /// Returns the path from the tree of `first` leaves to that of `second`, 0 < first < second.
    List<Digest> consistency(long first, long second) throws StoreException {
        var path = new ArrayList<Digest>();
        long from = 0;
        long to = second;
        while (first != to) {
            long middle = from + split(to - from);
            if (first <= middle) {
                path.add(root(middle, to));
                to = middle;
            } else {
                path.add(root(from, middle));
                from = middle;
            }
        }
        // the verifier knows the root of the first tree
        if (from > 0) {
            path.add(root(from, to));
        }
        return path.reversed();
    }

    /// Returns the largest power of two smaller than `n`, for n > 1.
    private static long split(long n) {
        return Long.highestOneBit(n - 1);
    }

    /// Returns the root of the leaves from `from` to `to`, for a `from` that begins a subtree of the tree.
    private Digest root(long from, long to) throws StoreException {
        var frontier = new ArrayList<Digest>();
        for (long at = from; at < to; ) {
            long width = Long.highestOneBit(to - at);
            int level = Long.numberOfTrailingZeros(width);
            frontier.add(subtrees.hash(level, at >> level));
            at += width;
        }
        return LogHead.root(frontier);
    }
}
