package dev.mvm.protocol.trust.transparency;

import dev.mvm.model.Digest;
import java.util.ArrayList;
import java.util.List;

/// The tree as RFC 9162 defines it, by recursion over its leaves (sections 2.1.1, 2.1.3.1 and 2.1.4.1): slow, and
/// plainly what the text says.
public record ReferenceTree(List<Digest> leaves) {
    public ReferenceTree {
        leaves = List.copyOf(leaves);
    }

    /// MTH of the first `size` leaves.
    public Digest root(int size) {
        return root(0, size);
    }

    private Digest root(int from, int to) {
        if (to - from == 1) {
            return leaves.get(from);
        }
        int k = from + split(to - from);
        return Merkle.node(root(from, k), root(k, to));
    }

    /// The largest power of two smaller than `n`.
    private static int split(int n) {
        return Integer.highestOneBit(n - 1);
    }

    /// PATH(index, the first `size` leaves).
    public List<Digest> inclusion(int index, int size) {
        var out = new ArrayList<Digest>();
        path(index, 0, size, out);
        return out;
    }

    private void path(int m, int from, int to, List<Digest> out) {
        if (to - from == 1) {
            return;
        }
        int k = split(to - from);
        if (m < k) {
            path(m, from, from + k, out);
            out.add(root(from + k, to));
        } else {
            path(m - k, from + k, to, out);
            out.add(root(from, from + k));
        }
    }

    /// PROOF(first, the first `second` leaves), for 0 < first < second.
    public List<Digest> consistency(int first, int second) {
        var out = new ArrayList<Digest>();
        subproof(first, 0, second, true, out);
        return out;
    }

    private void subproof(int m, int from, int to, boolean whole, List<Digest> out) {
        if (m == to - from) {
            if (!whole) {
                out.add(root(from, to));
            }
            return;
        }
        int k = split(to - from);
        if (m <= k) {
            subproof(m, from, from + k, whole, out);
            out.add(root(from + k, to));
        } else {
            subproof(m - k, from + k, to, false, out);
            out.add(root(from, from + k));
        }
    }
}
