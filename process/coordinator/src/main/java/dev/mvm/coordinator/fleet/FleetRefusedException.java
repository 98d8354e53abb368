package dev.mvm.coordinator.fleet;

import java.io.Serial;

/// A grant does not allow the requested change.
public final class FleetRefusedException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String reason;

    /// @param reason a stable code in snake case
    /// @param message one line for people
    FleetRefusedException(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    public String reason() {
        return reason;
    }
}
