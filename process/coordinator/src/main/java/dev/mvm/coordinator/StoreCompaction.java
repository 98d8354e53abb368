package dev.mvm.coordinator;

import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.StoreException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Drops what is old in the store.
final class StoreCompaction {
    private static final Logger LOG = LoggerFactory.getLogger(StoreCompaction.class);

    /// Revisions that stay.
    private static final long KEPT_REVISIONS = 10_000;

    private StoreCompaction() {}

    static void run(Store store) {
        try {
            long to = store.revision() - KEPT_REVISIONS;
            if (to > 0) {
                store.compact(to);
            }
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.COMPACTED) {
                LOG.error("the store cannot be compacted: {}", e.getMessage());
            }
        }
    }
}
