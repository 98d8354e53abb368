package dev.mvm.model;

/// Name of a network interface, narrower than the kernel's dev_valid_name. Safe as a path segment and in packet filter
/// rules by construction.
///
/// @param value 1 to 15 characters (IFNAMSIZ less the final zero) of `A-Z`, `a-z`, `0-9`, `-`, `_` and `.`, the first a
///     letter, and not `all` or `default`, which are directories beside those of the interfaces
public record InterfaceName(String value) {
    public InterfaceName {
        if (!value.matches("[A-Za-z][A-Za-z0-9_.-]{0,14}") || value.equals("all") || value.equals("default")) {
            throw new IllegalArgumentException("not a name for an interface");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
