package dev.mvm.model;

/// Name of a pool within its tenant: instances of one revision and one size.
///
/// @param value 1 to 63 characters of `a-z`, `0-9`, `-`; begins with a letter, does not end in a hyphen
public record PoolId(String value) implements Comparable<PoolId> {
    public PoolId {
        Grammar.checkLabel("a pool id", value);
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
