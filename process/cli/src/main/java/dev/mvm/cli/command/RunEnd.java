package dev.mvm.cli.command;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/// End of an image's program, as the last line of its console has it (docs/protocol/guest-init.md). A guest that was
/// taken over says what it likes.
///
/// @param reason such as `exited`
/// @param status 0 to 255
/// @param detail a few words more, or empty
record RunEnd(String reason, int status, String detail) {
    /// Reason of a program that has ended by itself.
    static final String EXITED = "exited";

    /// Status of a run whose program has not said how it ended.
    static final int UNKNOWN = 125;

    private static final Pattern FORM = Pattern.compile("mvm-init: end ([a-z_]{1,40}) ([0-9]{1,3})(?: (.*))?");

    /// Reads a line of the console; empty for every other line.
    static Optional<RunEnd> of(String line) {
        var form = FORM.matcher(line);
        if (!form.matches() || Integer.parseInt(form.group(2)) > 255) {
            return Optional.empty();
        }
        return Optional.of(new RunEnd(
                form.group(1), Integer.parseInt(form.group(2)), Objects.requireNonNullElse(form.group(3), "")));
    }
}
