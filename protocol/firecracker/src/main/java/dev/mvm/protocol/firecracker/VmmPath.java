package dev.mvm.protocol.firecracker;

import java.util.regex.Pattern;

/// A file as the VMM sees it: an absolute path inside its jail, at most 255 characters, of names made of ASCII
/// letters, digits, `.`, `_` and `-` that are neither empty nor made of dots alone.
public record VmmPath(String value) {
    private static final Pattern FORM = Pattern.compile("(/(?!\\.+(/|$))[A-Za-z0-9._-]+)+");

    public VmmPath {
        Form.check(value.length() <= 255, "a path has at most 255 characters");
        Form.check(FORM, value, "a path inside a jail");
    }

    @Override
    public String toString() {
        return value;
    }
}
