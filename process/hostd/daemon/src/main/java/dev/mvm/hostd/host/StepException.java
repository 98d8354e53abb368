package dev.mvm.hostd.host;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import java.io.IOException;
import java.io.Serial;
import java.util.Objects;

/// A permitted operation that failed. Its thrower has undone its effects.
public final class StepException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String step;
    private final int errno;

    /// @param step what failed, in the form of a [Label]
    /// @param errno 0 if absent
    /// @param detail one line for hostd's own log; it never leaves hostd otherwise
    public StepException(String step, int errno, String detail) {
        super(step + ": " + detail);
        this.step = new Label(step).value();
        this.errno = errno;
    }

    /// @param cause what went wrong; of an [ErrnoException] also the number
    public StepException(String step, IOException cause) {
        this(step, cause instanceof ErrnoException e ? e.errno() : 0, String.valueOf(cause.getMessage()));
    }

    public StepException(String step, String detail) {
        this(step, 0, detail);
    }

    public Label label() {
        return new Label(step);
    }

    public HostReply reply() {
        return new HostReply.Failed(label(), errno);
    }

    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }
}
