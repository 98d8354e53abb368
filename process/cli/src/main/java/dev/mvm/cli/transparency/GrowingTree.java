package dev.mvm.cli.transparency;

import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.transparency.Merkle;
import java.util.ArrayList;
import java.util.List;

/// The hash of a Merkle tree (RFC 9162, 2.1.1) over leaves that are added one after the other; a hash for each bit of
/// its size is all that it keeps.
final class GrowingTree {
    private final List<Digest> edge = new ArrayList<>(); // roots of complete subtrees, the largest first
    private long size;

    long size() {
        return size;
    }

    void add(Digest leaf) {
        var hash = leaf;
        for (long at = size; (at & 1) == 1; at >>= 1) {
            hash = Merkle.node(edge.removeLast(), hash);
        }
        edge.add(hash);
        size++;
    }

    /// Its hash.
    ///
    /// @throws IllegalStateException if it is empty
    Digest root() {
        if (edge.isEmpty()) {
            throw new IllegalStateException("an empty log has no root");
        }
        var hash = edge.getLast();
        for (int i = edge.size() - 2; i >= 0; i--) {
            hash = Merkle.node(edge.get(i), hash);
        }
        return hash;
    }
}
