package dev.mvm.cli.transparency;

import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.transparency.Merkle;
import java.util.ArrayList;
import java.util.List;

/// Root hash of a Merkle tree (RFC 9162, 2.1.1) whose leaves are added one by one. Keeps at most one hash for each
/// bit of its size.
final class GrowingTree {
    private final List<Digest> frontier = new ArrayList<>(); // roots of complete subtrees, the largest first
    private long size;

    long size() {
        return size;
    }

    void add(Digest leaf) {
        var hash = leaf;
        for (long at = size; (at & 1) == 1; at >>= 1) {
            hash = Merkle.node(frontier.removeLast(), hash);
        }
        frontier.add(hash);
        size++;
    }

    /// Returns the root hash.
    ///
    /// @throws IllegalStateException if the tree is empty
    Digest root() {
        if (frontier.isEmpty()) {
            throw new IllegalStateException("an empty log has no root");
        }
        var hash = frontier.getLast();
        for (int i = frontier.size() - 2; i >= 0; i--) {
            hash = Merkle.node(frontier.get(i), hash);
        }
        return hash;
    }
}
