package dev.mvm.coordinator.error;

import dev.mvm.protocol.trust.audit.AuditLog;

/// Reports failed calls to a listener, and records refused ones in the coordinator's audit.
public final class Refusals {
    private final AuditLog audit;
    private final FailureListener failures;

    /// Receives every call that was refused or that failed.
    @FunctionalInterface
    public interface FailureListener {
        /// Called once for each such call, on the thread of the call.
        ///
        /// @param method full or short name of a known method, as `mvm.control.v1.Fleet/ListPools`
        /// @param reason a code of the coordinator, or `node` if the code is a node's
        void failed(String method, String reason);
    }

    public Refusals(AuditLog audit, FailureListener failures) {
        this.audit = audit;
        this.failures = failures;
    }

    /// Notes that a call has ended with `problem`. A call that failed without being refused is reported to the
    /// listener only.
    ///
    /// @param caller name from the certificate or the port; never text that the caller chose
    /// @param method full name, as `mvm.control.v1.Fleet/PublishGrant`
    public void note(String caller, String method, ProblemException problem) {
        failures.failed(method, problem.countedReason());
        if (problem.fault().isRefusal()) {
            audit.refused(
                    method.substring(method.indexOf('/') + 1),
                    caller,
                    problem.problem().getReason(),
                    problem.problem().getMessage());
        }
    }
}
