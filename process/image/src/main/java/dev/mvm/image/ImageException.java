package dev.mvm.image;

/// An image that is refused, or a step of its import that could not be made. The code is for programs and never
/// changes; the message is one line for people: what, why, what next.
public final class ImageException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String code;

    /// Makes an error with a stable reason code, such as `layer_truncated`, and one line for people. Characters of the
    /// line, which may hold an image's own words, that a terminal would obey become question marks.
    public ImageException(String code, String line) {
        super(line.replaceAll("[\\p{Cc}\\p{Cf}\\u2028\\u2029]", "?"));
        this.code = code;
    }

    /// Returns the stable reason code: lower-case letters and underscores.
    public String code() {
        return code;
    }

    /// Returns the line for people.
    public String line() {
        return String.valueOf(getMessage());
    }
}
