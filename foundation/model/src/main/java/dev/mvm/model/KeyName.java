package dev.mvm.model;

/// Name of one of a tenant's keys, unique within the tenant.
///
/// @param value 1 to 63 characters of `a-z`, `0-9`, `-`; begins with a letter, does not end in a hyphen
public record KeyName(String value) {
    public KeyName {
        if (!Grammar.isLabel(value)) {
            throw new IllegalArgumentException("not a key id: '" + Grammar.shown(value)
                    + "' (want 1 to 63 of a-z, 0-9 and -, beginning with a letter, not ending in -)");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
