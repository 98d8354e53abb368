package dev.mvm.coordinator.store;

import java.util.List;
import java.util.Optional;

/// Entries as they stood at one revision.
///
/// @param revision of the store when it was read, from whose successor a watch misses nothing
/// @param entries sorted by key
public record StoreSnapshot(long revision, List<Entry> entries) {
    public StoreSnapshot {
        entries = List.copyOf(entries);
    }

    public Optional<Entry> entry(Key key) {
        return entries.stream().filter(entry -> entry.key().equals(key)).findFirst();
    }
}
