package dev.mvm.model;

import java.util.Comparator;

/// A pool as a person names it: `tenant/pool`.
public record PoolAddress(TenantId tenant, PoolId pool) implements Comparable<PoolAddress> {
    private static final Comparator<PoolAddress> ORDER =
            Comparator.comparing(PoolAddress::tenant).thenComparing(PoolAddress::pool);

    /// Reads `tenant/pool`.
    ///
    /// @throws IllegalArgumentException unless there are exactly two valid segments
    public static PoolAddress parse(String text) {
        var parts = text.split("/", -1);
        if (parts.length != 2) {
            throw new IllegalArgumentException("not a pool: '" + Grammar.shown(text) + "' (want tenant/pool)");
        }
        return new PoolAddress(new TenantId(parts[0]), new PoolId(parts[1]));
    }

    @Override
    public int compareTo(PoolAddress other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return tenant + "/" + pool;
    }
}
