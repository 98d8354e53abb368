package dev.mvm.coordinator.store;

import java.util.List;

/// Reads what happens to some keys, in the order in which it happens, nothing twice and nothing left out. It holds a
/// place in the store's past and no queue: a slow reader costs nothing, but may find its place compacted.
///
/// For one thread at a time.
public interface Watch extends AutoCloseable {
    /// Returns the events since the last call, which may be none. The events of one revision come together.
    ///
    /// @throws StoreException `COMPACTED` if the next event may be gone, `UNAVAILABLE` if watch or store is closed
    List<Event> poll() throws StoreException;

    /// Takes events like [#poll], but waits until there are some.
    List<Event> take() throws StoreException, InterruptedException;

    /// Ends a [#take] that waits, too.
    @Override
    void close();
}
