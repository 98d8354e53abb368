package dev.mvm.linux.netdev;

/// Name of a network interface of ours. Safe as a path segment and in packet filter rules by construction.
///
/// @param value 1 to 15 characters (IFNAMSIZ less the final zero) of `a-z`, `0-9`, `-` and `_`, the first a letter,
///     and not `all` or `default`, which are directories beside those of the interfaces
public record InterfaceName(String value) {
    private static final int LONGEST = 15;

    public InterfaceName {
        if (!isName(value) || value.equals("all") || value.equals("default")) {
            throw new IllegalArgumentException("not a name for an interface");
        }
    }

    private static boolean isName(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = c >= 'a' && c <= 'z';
            if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '-' || c == '_'))) {
                return false;
            }
        }
        return !text.isEmpty() && text.length() <= LONGEST;
    }

    @Override
    public String toString() {
        return value;
    }
}
