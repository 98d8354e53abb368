package dev.mvm.linux.errno;

import java.io.IOException;
import java.io.Serial;

/// A call that failed. The message is one line: the call, the name of its error number and, where something more is
/// known, that. Error numbers of this module's own checks (a message that is too long, a deadline that has passed)
/// are those the kernel would have used.
public final class ErrnoException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final int errno;

    public ErrnoException(String call, int errno) {
        super(call + ": " + Errno.name(errno));
        this.errno = errno;
    }

    /// A failure about which more is known.
    ///
    /// @param detail one line of ASCII; anything else in it is replaced
    public ErrnoException(String call, int errno, String detail) {
        super(call + ": " + Errno.name(errno) + " (" + OneLine.of(detail) + ")");
        this.errno = errno;
    }

    /// The positive error number.
    public int errno() {
        return errno;
    }
}
