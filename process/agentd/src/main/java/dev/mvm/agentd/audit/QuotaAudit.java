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

/// Writes down what a tenant's quotas keep from being: once when it begins, and again only after it was over. What is
/// not planned for that reason is never asked of hostd, which would refuse it. Not thread-safe.
public final class QuotaAudit {
    private static final Set<UnmetReason> QUOTAS = EnumSet.of(
            UnmetReason.MAX_VCPUS,
            UnmetReason.MAX_MEM_MIB,
            UnmetReason.MAX_RUNNING,
            UnmetReason.MAX_WARM,
            UnmetReason.MAX_DISK_GIB,
            UnmetReason.MAX_INSTANCES_PER_POOL);

    private record Want(PoolAddress pool, UnmetReason lack) {}

    private final TenantAudits audits;
    private final LongSupplier state;
    private Set<Want> known = Set.of();

    /// @param state sequence number of the state in force, 0 without one
    public QuotaAudit(TenantAudits audits, LongSupplier state) {
        this.audits = audits;
        this.state = state;
    }

    /// What is about to be carried out.
    public void planned(Plan plan) {
        var now = new HashSet<Want>();
        for (var shortfall : plan.shortfalls()) {
            var want = new Want(shortfall.pool(), shortfall.lack());
            if (QUOTAS.contains(want.lack()) && now.add(want) && !known.contains(want)) {
                audits.record(want.pool().tenant(), List.of(refused(want, shortfall.instances())));
            }
        }
        known = now;
    }

    private Fact refused(Want want, int instances) {
        return new Fact(
                TenantEvent.QUOTA_EXCEEDED,
                Phase.REFUSED,
                "reconcile",
                want.pool().toString(),
                Optional.empty(),
                state.getAsLong(),
                want.lack().code(),
                instances + " more cannot be");
    }
}
