package dev.mvm.cli.transparency;

import dev.mvm.protocol.trust.RefusedException;
import java.io.Serial;
import java.util.OptionalLong;

/// The first fault that was found in a log.
public final class LogFaultException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    /// The log has more or fewer states than its head covers.
    public static final String OTHER_SIZE = "other_size";

    /// The states have another root hash than the head.
    public static final String OTHER_ROOT = "other_root";

    /// A grant that a state relies on is not available.
    public static final String GRANT_MISSING = "grant_missing";

    private final String reason;
    private final long index;

    private LogFaultException(String reason, long index, String message) {
        super(message);
        this.reason = reason;
        this.index = index;
    }

    /// Makes a fault of the log as a whole or of its head.
    static LogFaultException ofLog(String reason, String detail) {
        return new LogFaultException(reason, -1, reason + ": " + detail);
    }

    /// Makes a fault of the head from the refusal of the verifier.
    static LogFaultException ofHead(RefusedException e) {
        return new LogFaultException(e.reason().code(), -1, "head: " + e.getMessage());
    }

    /// Makes a fault of one state.
    ///
    /// @param place description of the state, such as "state 3, sequence 2 for n-one"
    static LogFaultException ofState(long index, String place, String reason, String detail) {
        return new LogFaultException(reason, index, place + ": " + reason + ": " + detail);
    }

    /// Makes a fault of one state from the refusal of the verifier.
    static LogFaultException ofState(long index, String place, RefusedException e) {
        return new LogFaultException(e.reason().code(), index, place + ": " + e.getMessage());
    }

    /// Returns a stable code: one of `docs/protocol/trust.md`, or a constant of this class.
    public String reason() {
        return reason;
    }

    /// Returns the index of the faulty state, from 0; empty for a fault of the log as a whole.
    public OptionalLong index() {
        return index < 0 ? OptionalLong.empty() : OptionalLong.of(index);
    }
}
