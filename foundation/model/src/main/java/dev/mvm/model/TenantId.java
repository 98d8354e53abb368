package dev.mvm.model;

/// Name of a tenant: the unit of isolation, quota and key material. Never reused for another party.
///
/// @param value 1 to 63 characters of `a-z`, `0-9`, `-`; begins with a letter, does not end in a hyphen
public record TenantId(String value) implements Comparable<TenantId> {
    public TenantId {
        Grammar.checkLabel("a tenant id", value);
    }

    @Override
    public int compareTo(TenantId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
