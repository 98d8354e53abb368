package dev.mvm.coordinator.transparency;

import dev.mvm.model.Digest;

/// The root of a complete subtree: it covers the leaves from `index << level` on, `1 << level` of them, and never
/// changes once they are there.
///
/// @param level 0 for a leaf
record Subtree(int level, long index, Digest hash) {}
