package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreException.Reason.GRANT_AWAITED;
import static dev.mvm.keyd.store.StoreException.Reason.HELD;
import static dev.mvm.keyd.store.StoreException.Reason.KEY_UNKNOWN;
import static dev.mvm.keyd.store.StoreException.Reason.STANDBY;
import static dev.mvm.keyd.store.StoreException.Reason.STORE_BEHIND;
import static dev.mvm.keyd.store.StoreException.Reason.TOO_MANY_VERSIONS;
import static dev.mvm.keyd.store.StoreException.Reason.TOO_SOON;

/// Conditions of what a store is asked: each refuses by an exception.
final class StoreDemands {
    private static final int NAMED = 5; // of many, in a message

    private final StoreRecords records;

    StoreDemands(StoreRecords records) {
        this.records = records;
    }

    static StoreException unknown(String what) {
        return new StoreException(KEY_UNKNOWN, "no such key: " + what + " was never made, or operators ended it");
    }

    void serving() throws StoreException {
        var head = records.head();
        if (head.held()) {
            throw new StoreException(
                    HELD, "the store was restored: mvm-keyd resume, once every tenant's newest grant is published");
        }
        if (!head.behind().isEmpty()) {
            throw new StoreException(STORE_BEHIND, head.behind());
        }
    }

    void writing() throws StoreException {
        serving();
        if (records.head().standby()) {
            throw new StoreException(STANDBY, "this is a standby, which makes, rotates and destroys nothing");
        }
    }

    /// Refuses unless a key may have one more version by a rotation.
    ///
    /// @param key with the versions that operators allow
    void pause(KeyRecord key, StoreClock.Moment now) throws StoreException {
        var passed = key.rotated().map(now::since);
        if (passed.isPresent() && passed.get() < KeyStore.ROTATION_PAUSE) {
            throw new StoreException(
                    TOO_SOON,
                    "key " + key.name() + " was rotated less than an hour ago: again in "
                            + (KeyStore.ROTATION_PAUSE - Math.max(0, passed.get())) + " seconds");
        }
        if (key.versions().size() >= KeyRecord.MOST_VERSIONS) {
            throw new StoreException(
                    TOO_MANY_VERSIONS,
                    "key " + key.name() + " has " + KeyRecord.MOST_VERSIONS
                            + " versions: end old ones by a grant with a higher min_version");
        }
    }

    void noGrantAwaited() throws StoreException {
        var awaited = records.tenants().stream()
                .filter(TenantRecord::awaited)
                .map(each -> each.tenant().value())
                .toList();
        if (!awaited.isEmpty()) {
            var some = String.join(", ", awaited.subList(0, Math.min(NAMED, awaited.size())));
            throw new StoreException(
                    GRANT_AWAITED,
                    "publish the newest grant, or the tombstone, of " + awaited.size() + " tenants first: " + some
                            + (awaited.size() > NAMED ? ", ..." : ""));
        }
    }
}
