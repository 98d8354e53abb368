package dev.mvm.linux.errno;

/// Text of others as it may appear in a message of ours.
final class OneLine {
    private static final int LONGEST = 200;

    private OneLine() {}

    /// The first line of `text`: at most 200 characters, anything but printable ASCII replaced by `?`.
    static String of(String text) {
        var line = text.lines().findFirst().orElse("").strip();
        return line.substring(0, Math.min(line.length(), LONGEST)).replaceAll("[^ -~]", "?");
    }
}
