package dev.mvm.keyd.store;

import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Decisions of operators about a tenant's keys, and which numbers were used. What is in the store and not
/// within this is to be destroyed; what is within this and not in the store is to be made.
///
/// @param grant version of the newest grant that was applied
/// @param gone whether there was a tombstone
/// @param awaited whether a restored store waits for the newest grant
/// @param keys of every grant that was applied, so that a key that comes back goes on counting
record TenantRecord(TenantId tenant, int grant, boolean gone, boolean awaited, List<Bounds> keys) {
    /// The most ids that grants of one tenant may ever name.
    static final int MOST_KEYS = 1024;

    /// Bounds of one key.
    ///
    /// @param granted whether the newest grant has it
    /// @param minVersion versions below it are to be destroyed
    /// @param last the largest number that a version of it has had; 0 if there were no versions
    record Bounds(KeyName id, KeyPurpose purpose, boolean granted, int minVersion, int last) {
        Bounds used(int number) {
            return new Bounds(id, purpose, granted, minVersion, Math.max(last, number));
        }

        /// No version so far comes back, even if a later grant has the key again.
        Bounds ended() {
            return new Bounds(
                    id, purpose, false, Math.max(minVersion, Math.min(last, Integer.MAX_VALUE - 1) + 1), last);
        }

        Bounds granted(int least) {
            return new Bounds(id, purpose, true, Math.max(minVersion, least), last);
        }

        boolean allows(int version) {
            return granted && version >= minVersion;
        }
    }

    TenantRecord {
        keys = List.copyOf(keys);
    }

    Optional<Bounds> bounds(KeyName id) {
        return keys.stream().filter(each -> each.id().equals(id)).findFirst();
    }

    /// Returns whether a version of a key may be there.
    boolean allows(KeyName id, int version) {
        return !gone && bounds(id).filter(each -> each.allows(version)).isPresent();
    }

    /// The same with one key's bounds replaced.
    TenantRecord with(Bounds bounds) {
        var all = new ArrayList<>(keys);
        all.removeIf(each -> each.id().equals(bounds.id()));
        all.add(bounds);
        return new TenantRecord(tenant, grant, gone, awaited, all);
    }

    /// The same after a tombstone.
    TenantRecord destroyed() {
        return new TenantRecord(
                tenant, grant, true, false, keys.stream().map(Bounds::ended).toList());
    }

    /// The same in a store that was restored.
    TenantRecord restored() {
        return new TenantRecord(tenant, grant, gone, !gone, keys);
    }

    /// The same under a grant that is newer, or the same.
    ///
    /// @throws StoreException `TENANT_DESTROYED`, `GRANT_SUPERSEDED`; `PURPOSE_DIFFERS` if it gives a key
    ///     another purpose than an earlier one
    TenantRecord granted(GrantKeys newer) throws StoreException {
        if (gone) {
            throw new StoreException(
                    StoreException.Reason.TENANT_DESTROYED,
                    "tenant " + tenant + " was destroyed: its name is not used again");
        }
        if (newer.version() < grant) {
            throw new StoreException(
                    StoreException.Reason.GRANT_SUPERSEDED,
                    "grant " + newer.version() + " of tenant " + tenant + " is older than grant " + grant);
        }
        var all = new ArrayList<Bounds>();
        for (var key : newer.keys()) {
            var before = bounds(key.id());
            if (before.isPresent() && before.get().purpose() != key.purpose()) {
                throw new StoreException(
                        StoreException.Reason.PURPOSE_DIFFERS,
                        "key " + tenant + "/" + key.id() + " is for "
                                + before.get().purpose().word() + ", not for "
                                + key.purpose().word() + ": grant another id");
            }
            var bounds = before.orElse(new Bounds(key.id(), key.purpose(), true, 1, 0));
            all.add(bounds.granted(key.minVersion()));
        }
        for (var old : keys) {
            if (all.stream().noneMatch(each -> each.id().equals(old.id()))) {
                all.add(old.ended());
            }
        }
        if (all.size() > MOST_KEYS) {
            throw new StoreException(
                    StoreException.Reason.TOO_MANY_VERSIONS,
                    "tenant " + tenant + " has had " + MOST_KEYS + " key ids: grant one of those again");
        }
        return new TenantRecord(tenant, newer.version(), false, false, all);
    }
}
