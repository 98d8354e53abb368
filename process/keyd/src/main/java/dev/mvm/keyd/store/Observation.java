package dev.mvm.keyd.store;

import java.util.Optional;

/// Compares what a node has with what the store knows.
final class Observation {
    private Observation() {}

    /// Returns why the store must be an old copy; empty if nothing says so. Numbers before the store's generation say
    /// nothing: it is known to have lost some of them.
    static Optional<String> behind(StoreRecords records, TenantKeyVersion seen) throws StoreException {
        var name = new KeyRecord.Name(seen.tenant(), seen.id());
        var tenant = records.tenant(seen.tenant());
        if (tenant.filter(TenantRecord::gone).isPresent()) {
            return Optional.empty();
        }
        int last = tenant.flatMap(each -> each.bounds(seen.id()))
                .map(TenantRecord.Bounds::last)
                .orElse(0);
        if (seen.version() > Math.max(last, records.head().generation() - 1)) {
            return Optional.of("a node has version " + seen.version() + " of key " + name + ", of which "
                    + (last == 0 ? "no version is known" : "version " + last + " is the last known"));
        }
        boolean differs = records.key(name)
                .flatMap(key -> key.version(seen.version()))
                .filter(version -> !version.check().equals(seen.check()))
                .isPresent();
        return differs
                ? Optional.of("a node has another key under version " + seen.version() + " of key " + name)
                : Optional.empty();
    }
}
