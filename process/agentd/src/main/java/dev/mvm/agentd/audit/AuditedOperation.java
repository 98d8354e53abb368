package dev.mvm.agentd.audit;

import dev.mvm.model.TenantId;
import dev.mvm.protocol.audit.Fact;
import dev.mvm.protocol.audit.Phase;
import dev.mvm.protocol.audit.TenantEvent;
import java.util.ArrayList;
import java.util.List;

/// An operation on a tenant's instance or network, with its audit records.
///
/// @param decided record of the decision, before hostd is asked
/// @param besides further events when the operation is done
record AuditedOperation(TenantId tenant, Fact decided, List<TenantEvent> besides) {
    private static final String QUOTA = "quota_exceeded";

    /// Records of the answer.
    List<Fact> outcome(Phase phase, String reason) {
        var out = new ArrayList<Fact>();
        var outcome = decided.then(phase, reason);
        out.add(outcome);
        if (phase == Phase.DONE) {
            besides.forEach(event -> out.add(outcome.then(Phase.NOTED, "").alongside(event)));
        }
        if (phase == Phase.REFUSED && reason.equals(QUOTA)) {
            out.add(outcome.alongside(TenantEvent.QUOTA_EXCEEDED));
        }
        return out;
    }
}
