package dev.mvm.coordinator.transparency;

import dev.mvm.model.Digest;
import java.util.List;

/// A tree with one leaf more, not stored yet.
///
/// @param size with that leaf
/// @param edge as that of a [LogHead]
/// @param made the leaf and the subtrees that it completes
public record AppendedTree(long size, List<Digest> edge, List<Subtree> made) {
    public AppendedTree {
        edge = List.copyOf(edge);
        made = List.copyOf(made);
    }

    /// The tree's hash, for the head to be signed.
    public Digest root() {
        return LogHead.root(edge);
    }
}
