package dev.mvm.coordinator.error;

import dev.mvm.coordinator.metrics.RequestMetrics;
import dev.mvm.protocol.trust.audit.AuditLog;

/// Counts the calls that failed, and writes down those that were refused.
public final class Refusals {
    private final AuditLog audit;
    private final RequestMetrics requests;

    public Refusals(AuditLog audit, RequestMetrics requests) {
        this.audit = audit;
        this.requests = requests;
    }

    /// A call has ended with `problem`. What only failed is counted, and not written down.
    ///
    /// @param caller who called, as the certificate or the port has it; nothing that the caller said
    /// @param method full name, as `mvm.control.v1.Fleet/PublishGrant`
    public void note(String caller, String method, ProblemException problem) {
        requests.failed(method, problem.countedReason());
        if (problem.fault().isRefusal()) {
            audit.refused(
                    method.substring(method.indexOf('/') + 1),
                    caller,
                    problem.problem().getReason(),
                    problem.problem().getMessage());
        }
    }
}
