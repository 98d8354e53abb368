package dev.mvm.coordinator.problem;

import dev.mvm.protocol.trust.audit.AuditLog;

/// Counts the calls that were refused, and writes them down.
public final class Refusals {
    private final AuditLog audit;

    public Refusals(AuditLog audit) {
        this.audit = audit;
    }

    /// A call has ended with `problem`. What only failed is not noted.
    ///
    /// @param caller who called, as the certificate or the port has it; nothing that the caller said
    /// @param method full name, as `mvm.control.v1.Fleet/PublishGrant`
    public void note(String caller, String method, ProblemException problem) {
        if (problem.fault().isRefusal()) {
            audit.refused(
                    method.substring(method.indexOf('/') + 1),
                    caller,
                    problem.problem().getReason(),
                    problem.problem().getMessage());
        }
    }
}
