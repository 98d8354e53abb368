package dev.mvm.model;

/// Name of one of a tenant's keys, unique within the tenant.
///
/// @param value 1 to 63 characters of `a-z`, `0-9`, `-`; begins with a letter, does not end in a hyphen
public record KeyName(String value) {
    public KeyName {
        Grammar.checkLabel("a key id", value);
    }

    @Override
    public String toString() {
        return value;
    }
}
