package dev.mvm.agentd.audit;

import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Records the changes by states in the tenants' audits.
public record StateAudit(TenantAudits audits) {
    /// Records the changes by a state that was verified, before anything is done by it.
    public void believed(Optional<InstalledState> before, InstalledState after) {
        StateDiff.between(before.map(StateAudit::content), content(after)).forEach(audits::record);
    }

    /// Takes the state in force when the agent starts. A tenant without an audit appeared while none could be
    /// written.
    public void begin(InstalledState state) throws IOException {
        var known = audits.tenants();
        StateDiff.between(Optional.empty(), content(state)).forEach((tenant, facts) -> {
            if (!known.contains(tenant)) {
                audits.record(tenant, facts);
            }
        });
    }

    /// The tenants that a state names.
    public static Set<TenantId> tenants(Optional<InstalledState> state) {
        return state.stream()
                .flatMap(now -> content(now).tenants().stream())
                .map(NodeState.Tenant::tenant)
                .collect(Collectors.toSet());
    }

    private static NodeState content(InstalledState state) {
        return state.state().value();
    }
}
