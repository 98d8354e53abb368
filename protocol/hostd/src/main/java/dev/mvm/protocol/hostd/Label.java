package dev.mvm.protocol.hostd;

/// A stable word for programs: a reason, a system call, a way of ending.
///
/// @param value 1 to 40 characters of `a-z`, `0-9` and `_`
public record Label(String value) {
    private static final int LONGEST = 40;

    public Label {
        if (value.isEmpty() || value.length() > LONGEST) {
            throw new IllegalArgumentException("not a label");
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') {
                throw new IllegalArgumentException("not a label");
            }
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
