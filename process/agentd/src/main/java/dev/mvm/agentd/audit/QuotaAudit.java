package dev.mvm.agentd.audit;

import dev.mvm.agentd.plan.Plan;
import dev.mvm.agentd.plan.UnmetReason;
import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.audit.Fact;
import dev.mvm.protocol.audit.Phase;
import dev.mvm.protocol.audit.TenantEvent;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/// Records instances that a tenant's quotas keep from being planned: once when a shortfall begins, and again
/// only after it was over. hostd would refuse them, and hears of none. Not thread-safe.
public final class QuotaAudit {
    private static final Set<UnmetReason> QUOTAS = EnumSet.of(
            UnmetReason.MAX_VCPUS,
            UnmetReason.MAX_MEM_MIB,
            UnmetReason.MAX_RUNNING,
            UnmetReason.MAX_WARM,
            UnmetReason.MAX_DISK_GIB,
            UnmetReason.MAX_SLEEPING_MEM_MIB,
            UnmetReason.MAX_INSTANCES_PER_POOL);

    private record Unmet(PoolAddress pool, UnmetReason reason) {}

    private final TenantAudits audits;
    private final LongSupplier state;
    private Set<Unmet> known = Set.of();

    /// @param state sequence number of the state in force, 0 without one
    public QuotaAudit(TenantAudits audits, LongSupplier state) {
        this.audits = audits;
        this.state = state;
    }

    /// Takes a plan that is about to be carried out.
    public void planned(Plan plan) {
        var now = new HashSet<Unmet>();
        for (var shortfall : plan.shortfalls()) {
            var unmet = new Unmet(shortfall.pool(), shortfall.reason());
            if (QUOTAS.contains(unmet.reason()) && now.add(unmet) && !known.contains(unmet)) {
                audits.record(unmet.pool().tenant(), List.of(refused(unmet, shortfall.instances())));
            }
        }
        known = now;
    }

    private Fact refused(Unmet unmet, int instances) {
        return new Fact(
                TenantEvent.QUOTA_EXCEEDED,
                Phase.REFUSED,
                "reconcile",
                unmet.pool().toString(),
                Optional.empty(),
                state.getAsLong(),
                unmet.reason().code(),
                instances + " more cannot be");
    }
}
