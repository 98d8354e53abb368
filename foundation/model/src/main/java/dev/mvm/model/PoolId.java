package dev.mvm.model;

/// Name of a pool within its tenant: instances of one revision and one size.
///
/// @param value 1 to 63 characters of `a-z`, `0-9`, `-`; begins with a letter, does not end in a hyphen
public record PoolId(String value) implements Comparable<PoolId> {
    public PoolId {
        if (!Grammar.isLabel(value)) {
            throw new IllegalArgumentException("not a pool id: '" + Grammar.shown(value)
                    + "' (want 1 to 63 of a-z, 0-9 and -, beginning with a letter, not ending in -)");
        }
    }

    @Override
    public int compareTo(PoolId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
