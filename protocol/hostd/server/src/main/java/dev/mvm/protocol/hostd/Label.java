package dev.mvm.protocol.hostd;

import com.google.errorprone.annotations.Immutable;

/// A stable word for programs: a reason, a system call, a way of ending.
///
/// @param value 1 to 40 characters of `a-z`, `0-9` and `_`
@Immutable
public record Label(String value) {
    public Label {
        if (!value.matches("[a-z0-9_]{1,40}")) {
            throw new IllegalArgumentException("not a label");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
