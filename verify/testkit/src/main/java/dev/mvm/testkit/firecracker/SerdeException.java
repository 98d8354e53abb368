package dev.mvm.testkit.firecracker;

import java.io.Serial;

/// Error of serde_json about a text. The enclosing reader adds the position to an error about a value.
final class SerdeException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final boolean placed;

    private SerdeException(String message, boolean placed) {
        super(message);
        this.placed = placed;
    }

    /// A complaint without a place.
    static SerdeException of(String message) {
        return new SerdeException(message, false);
    }

    /// A complaint about what stands at `line` and `column`.
    static SerdeException at(String message, int line, int column) {
        return new SerdeException(message + " at line " + line + " column " + column, true);
    }

    boolean isPlaced() {
        return placed;
    }

    String message() {
        return String.valueOf(getMessage());
    }
}
