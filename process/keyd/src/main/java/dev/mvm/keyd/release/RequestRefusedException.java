package dev.mvm.keyd.release;

import dev.mvm.protocol.trust.RefusedException;
import java.io.Serial;

/// A request is refused, and nothing has been handed out because of it.
public final class RequestRefusedException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String code;
    private final boolean alarm;
    private boolean noted;

    /// @param detail one line that says what, and what to do
    public RequestRefusedException(KeydReason reason, String detail) {
        super(detail);
        this.code = reason.code();
        this.alarm = reason.alarm();
    }

    /// A document, state or proof among what came with the request is refused.
    ///
    /// @param alarm whether an honest client does not send such
    public RequestRefusedException(RefusedException e, boolean alarm) {
        super(detail(e));
        this.code = e.reason().code();
        this.alarm = alarm;
    }

    private static String detail(RefusedException e) {
        var all = String.valueOf(e.getMessage());
        var prefix = e.reason().code() + ": ";
        return all.startsWith(prefix) ? all.substring(prefix.length()) : all;
    }

    /// The stable code of the reason.
    public String code() {
        return code;
    }

    public boolean alarm() {
        return alarm;
    }

    /// This, with the note that the audit has it.
    RequestRefusedException noted() {
        noted = true;
        return this;
    }

    /// Returns whether the audit has it.
    public boolean isNoted() {
        return noted;
    }
}
