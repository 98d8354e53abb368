package dev.mvm.image.layer;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Counts of a tree that was written as one tar.
///
/// @param entries entries of the tar
/// @param bytes bytes of its files' contents, each file with several names once
/// @param dropped what was left out, by kind (a word that never changes, such as `device`), with how many;
/// empty if all was kept
public record Flattened(int entries, long bytes, SortedMap<String, Integer> dropped) {
    /// Copies the map.
    public Flattened(int entries, long bytes, Map<String, Integer> dropped) {
        this(entries, bytes, new TreeMap<>(dropped));
    }
}
