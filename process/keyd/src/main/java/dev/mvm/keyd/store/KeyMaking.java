package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreException.Reason.TOO_MANY_VERSIONS;

import java.util.List;
import java.util.Optional;

/// Makes tenants' keys. A number is kept as used before a key has it, so that it is never used again.
final class KeyMaking {
    private final StoreRecords records;
    private final MasterKey master;
    private final KeyCipher cipher;
    private final StoreClock clock;

    KeyMaking(StoreRecords records, MasterKey master, KeyCipher cipher, StoreClock clock) {
        this.records = records;
        this.master = master;
        this.cipher = cipher;
        this.clock = clock;
    }

    /// Makes a version of each key that is granted and has no version that is allowed.
    void missing() throws StoreException {
        for (var tenant : records.tenants()) {
            for (var bounds : tenant.keys()) {
                var name = new KeyRecord.Name(tenant.tenant(), bounds.id());
                boolean there = records.key(name)
                        .filter(key -> tenant.allows(bounds.id(), key.newest()))
                        .isPresent();
                if (!there && bounds.granted() && !tenant.gone()) {
                    var _ = version(tenant, bounds, Optional.empty());
                }
            }
        }
    }

    /// Makes a version.
    ///
    /// @param rotated when, if this is a rotation
    /// @return its number
    int version(TenantRecord tenant, TenantRecord.Bounds bounds, Optional<StoreClock.Moment> rotated)
            throws StoreException {
        int number = next(tenant, bounds);
        records.put(tenant(tenant, bounds).with(bounds.used(number)));
        var name = new KeyRecord.Name(tenant.tenant(), bounds.id());
        var key = records.key(name)
                .orElse(new KeyRecord(tenant.tenant(), bounds.id(), bounds.purpose(), Optional.empty(), List.of()));
        var head = records.head();
        var wrapped = master.make(head.epoch(), key.place(number));
        try (var opened = master.open(key.place(number), wrapped)) {
            var version = new KeyRecord.Version(
                    number, cipher.check(opened), clock.now().wall(), head.generation(), wrapped);
            var longer = key.with(version);
            records.put(rotated.map(longer::rotated).orElse(longer));
        }
        return number;
    }

    /// The record as it is by now: others of the tenant's keys may have been made since.
    private TenantRecord tenant(TenantRecord tenant, TenantRecord.Bounds bounds) {
        return records.tenant(tenant.tenant()).orElse(tenant.with(bounds));
    }

    private int next(TenantRecord tenant, TenantRecord.Bounds bounds) throws StoreException {
        long next = Math.max(
                Math.max(1L, bounds.minVersion()),
                Math.max(bounds.last() + 1L, records.head().generation()));
        if (next >= Integer.MAX_VALUE) {
            throw new StoreException(
                    TOO_MANY_VERSIONS,
                    "key " + tenant.tenant() + "/" + bounds.id() + " has no versions left: grant another id");
        }
        return (int) next;
    }
}
