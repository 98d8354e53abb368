package dev.mvm.cli.transparency;

import dev.mvm.protocol.trust.RefusedException;
import java.io.Serial;
import java.util.OptionalLong;

/// What is wrong with a log: the first thing that was found, exactly.
public final class LogFaultException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    /// There are more states, or fewer, than the head says.
    public static final String OTHER_SIZE = "other_size";

    /// The states do not have the root that the head says.
    public static final String OTHER_ROOT = "other_root";

    /// A grant that a state relies on is not to be had.
    public static final String GRANT_MISSING = "grant_missing";

    private final String reason;
    private final long index;

    private LogFaultException(String reason, long index, String message) {
        super(message);
        this.reason = reason;
        this.index = index;
    }

    /// Something that is wrong with the log as a whole, or with its head.
    static LogFaultException ofLog(String reason, String detail) {
        return new LogFaultException(reason, -1, reason + ": " + detail);
    }

    /// What is wrong with one state.
    ///
    /// @param place the state's own words on what it is, as "state 3, for n-one"
    static LogFaultException ofState(long index, String place, String reason, String detail) {
        return new LogFaultException(reason, index, place + ": " + reason + ": " + detail);
    }

    /// What the verifier of nodes says of one state.
    static LogFaultException ofState(long index, String place, RefusedException e) {
        return new LogFaultException(e.reason().code(), index, place + ": " + e.getMessage());
    }

    /// A stable code: of `docs/protocol/trust.md`, or one of those above.
    public String reason() {
        return reason;
    }

    /// Which state it is about, from 0, if it is about one.
    public OptionalLong index() {
        return index < 0 ? OptionalLong.empty() : OptionalLong.of(index);
    }
}
