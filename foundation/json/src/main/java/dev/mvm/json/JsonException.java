package dev.mvm.json;

import java.io.Serial;
import java.util.Objects;

/// Text that is not the JSON it should be. The message is one line and never quotes the text at length.
public final class JsonException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    public JsonException(String message) {
        super(message);
    }

    /// A value's constructor refused what the document says.
    public static JsonException of(IllegalArgumentException refusal) {
        return new JsonException(Objects.requireNonNullElse(refusal.getMessage(), "not a valid value"));
    }

    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }
}
