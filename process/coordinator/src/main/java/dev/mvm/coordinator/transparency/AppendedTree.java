package dev.mvm.coordinator.transparency;

import dev.mvm.model.Digest;
import java.util.List;

/// A tree with one more leaf, not stored yet.
///
/// @param size with that leaf
/// @param frontier as in [LogHead]
/// @param made the leaf and the subtrees that it completes
public record AppendedTree(long size, List<Digest> frontier, List<Subtree> made) {
    public AppendedTree {
        frontier = List.copyOf(frontier);
        made = List.copyOf(made);
    }

    /// Returns the tree's hash, for the head to be signed.
    public Digest root() {
        return LogHead.root(frontier);
    }
}
