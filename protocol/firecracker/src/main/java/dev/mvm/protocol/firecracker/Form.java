package dev.mvm.protocol.firecracker;

import java.util.regex.Pattern;

/// Checks shared by the values of this package. A refusal names the rule, not the text.
final class Form {
    private Form() {}

    static void check(Pattern form, String text, String what) {
        if (!form.matcher(text).matches()) {
            throw new IllegalArgumentException("not " + what);
        }
    }

    static void check(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }

    /// `text` as it may be shown: at most `most` characters, anything but printable ASCII replaced, so that a VMM can
    /// neither flood nor forge a log line.
    static String printable(String text, int most) {
        var cut = text.length() > most ? text.substring(0, most) : text;
        return cut.replaceAll("[^ -~]", "?");
    }
}
