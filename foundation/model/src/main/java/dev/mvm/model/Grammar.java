package dev.mvm.model;

/// Character rules shared by the identifiers. Written by hand rather than as patterns: they run in the root process
/// on every request, and a loop over ASCII has no surprises.
public final class Grammar {
    private static final int LABEL_MAX = 63;

    private Grammar() {}

    /// Returns whether `text` is a DNS-like label: 1 to 63 characters of `a-z`, `0-9` and `-`, beginning with a
    /// letter and not ending in a hyphen. Such text is safe as a path segment, an nftables comment and a cgroup
    /// name.
    private static boolean isLabel(String text) {
        int length = text.length();
        if (length == 0 || length > LABEL_MAX || !isLower(text.charAt(0)) || text.charAt(length - 1) == '-') {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (!isLower(c) && !isDigit(c) && c != '-') {
                return false;
            }
        }
        return true;
    }

    /// Refuses what is not a label.
    ///
    /// @param what it should be the name of, with its article
    /// @throws IllegalArgumentException if the text is not one
    public static void checkLabel(String what, String text) {
        if (!isLabel(text)) {
            throw new IllegalArgumentException("not " + what + ": '" + shown(text)
                    + "' (want 1 to 63 of a-z, 0-9 and -, beginning with a letter, not ending in -)");
        }
    }

    /// Returns whether `text` is exactly `prefix` and then `digits` lower-case hexadecimal digits.
    static boolean isHex(String text, String prefix, int digits) {
        if (text.length() != prefix.length() + digits || !text.startsWith(prefix)) {
            return false;
        }
        for (int i = prefix.length(); i < text.length(); i++) {
            char c = text.charAt(i);
            if (!isDigit(c) && !(c >= 'a' && c <= 'f')) {
                return false;
            }
        }
        return true;
    }

    /// `text` as it may be shown in an error: cut to 80 characters, anything but printable ASCII replaced, so that
    /// hostile input can neither flood nor forge a log line.
    static String shown(String text) {
        return (text.length() > 80 ? text.substring(0, 80) + "..." : text).replaceAll("[^ -~]", "?");
    }

    private static boolean isLower(char c) {
        return c >= 'a' && c <= 'z';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
