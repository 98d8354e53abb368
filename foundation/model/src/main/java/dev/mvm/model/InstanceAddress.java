package dev.mvm.model;

import java.util.Comparator;

/// An instance as a person names it: `tenant/pool/instance`.
public record InstanceAddress(TenantId tenant, PoolId pool, InstanceId instance)
        implements Comparable<InstanceAddress> {
    private static final Comparator<InstanceAddress> ORDER = Comparator.comparing(InstanceAddress::tenant)
            .thenComparing(InstanceAddress::pool)
            .thenComparing(InstanceAddress::instance);

    /// Reads `tenant/pool/instance`.
    ///
    /// @throws IllegalArgumentException unless there are exactly three valid segments
    public static InstanceAddress parse(String text) {
        var parts = text.split("/", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException(
                    "not an instance: '" + Grammar.shown(text) + "' (want tenant/pool/instance)");
        }
        return new InstanceAddress(new TenantId(parts[0]), new PoolId(parts[1]), new InstanceId(parts[2]));
    }

    public PoolAddress poolAddress() {
        return new PoolAddress(tenant, pool);
    }

    @Override
    public int compareTo(InstanceAddress other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return tenant + "/" + pool + "/" + instance;
    }
}
