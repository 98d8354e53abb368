package dev.mvm.coordinator.transparency;

import dev.mvm.model.Digest;
import java.util.List;

/// A tree with one more leaf, not stored yet.
///
/// @param size with that leaf
/// @param edge as in [LogHead]
/// @param made the leaf and the subtrees that it completes
public record AppendedTree(long size, List<Digest> edge, List<Subtree> made) {
    public AppendedTree {
        edge = List.copyOf(edge);
        made = List.copyOf(made);
    }

    /// Returns the tree's hash, for the head to be signed.
    public Digest root() {
        return LogHead.root(edge);
    }
}
