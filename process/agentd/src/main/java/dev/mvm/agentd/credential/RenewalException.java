package dev.mvm.agentd.credential;

/// A certificate was not renewed. The message is one line.
public final class RenewalException extends Exception {
    private static final long serialVersionUID = 1L;

    private final RenewalFault fault;

    public RenewalException(RenewalFault fault, String message) {
        super(message);
        this.fault = fault;
    }

    public RenewalFault fault() {
        return fault;
    }
}
