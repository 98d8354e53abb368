package dev.mvm.coordinator.pki;

/// An enrolment token is not good. The message is one line, for its holder.
public final class TokenRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    TokenRefusedException(String why) {
        super(why + ": mvm-coordinator enrol-token makes another");
    }
}
