package dev.mvm.linux.errno;

import java.io.IOException;
import java.io.Serial;

/// A library that refused or failed in its own words. The message is one line of printable ASCII.
public final class LibraryException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    /// A failure with the library's own reason.
    ///
    /// @param function the function that failed
    /// @param reason what the library says; only its first line is kept
    public LibraryException(String function, String reason) {
        super(function + ": " + OneLine.of(reason));
    }
}
