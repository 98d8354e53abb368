package dev.mvm.agentd.plan;

import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.NodeState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Use and quotas of one tenant at the worst moment of a wave: a chain's use begins with the wave, and ends
/// after its last wave. hostd counts the same way, one operation after another.
final class TenantBudget {
    private final NodeState.Tenant tenant;
    private final Map<PoolId, ResourceUsage> pools = new HashMap<>();
    private ResourceUsage all = ResourceUsage.NONE;

    private TenantBudget(NodeState.Tenant tenant) {
        this.tenant = tenant;
    }

    /// @param instances all instances of the tenant, of unknown pools, too
    static TenantBudget of(NodeState.Tenant tenant, List<Observation.Instance> instances) {
        var budget = new TenantBudget(tenant);
        for (var instance : instances) {
            budget.take(instance.address().pool(), ResourceUsage.of(instance.state(), instance.resources()));
        }
        return budget;
    }

    /// Use by all instances and chains so far.
    ResourceUsage taken() {
        return all;
    }

    private ResourceUsage taken(PoolId pool) {
        return pools.getOrDefault(pool, ResourceUsage.NONE);
    }

    void take(PoolId pool, ResourceUsage usage) {
        all = all.plus(usage);
        pools.put(pool, taken(pool).plus(usage));
    }

    void give(PoolId pool, ResourceUsage usage) {
        all = all.minus(usage);
        pools.put(pool, taken(pool).minus(usage));
    }

    /// The reason for which `chain` has no room now, if any.
    Optional<UnmetReason> unmet(Chain chain) {
        var then = all.plus(chain.takes());
        var byTenant = ofTenant(chain, then, tenant.quotas());
        return byTenant.isPresent() ? byTenant : ofPool(chain);
    }

    private static Optional<UnmetReason> ofTenant(Chain chain, ResourceUsage then, Quotas quotas) {
        var takes = chain.takes();
        boolean toRun = chain.needs() != Chain.Needs.NOTHING;
        if (toRun && then.running() > quotas.maxRunning()) {
            return Optional.of(UnmetReason.MAX_RUNNING);
        }
        if (toRun && then.vcpus() > quotas.maxVcpus()) {
            return Optional.of(UnmetReason.MAX_VCPUS);
        }
        if (toRun && then.memMib() > quotas.maxMemMib()) {
            return Optional.of(UnmetReason.MAX_MEM_MIB);
        }
        if (takes.warm() > 0 && then.warm() > quotas.maxWarm()) {
            return Optional.of(UnmetReason.MAX_WARM);
        }
        if (takes.sleepingMemMib() > 0 && then.sleepingMemMib() > quotas.maxSleepingMemMib()) {
            return Optional.of(UnmetReason.MAX_SLEEPING_MEM_MIB);
        }
        boolean disk = chain.needs() == Chain.Needs.TO_BOOT && then.diskGib() > quotas.maxDiskGib();
        return disk ? Optional.of(UnmetReason.MAX_DISK_GIB) : Optional.empty();
    }

    private Optional<UnmetReason> ofPool(Chain chain) {
        var takes = chain.takes();
        var id = chain.pool().pool();
        var pool = tenant.pool(id);
        if (pool.isEmpty() || takes.inMemory() == 0) {
            return Optional.empty();
        }
        var counts = pool.get().counts();
        var then = taken(id).plus(takes);
        if (then.inMemory() > counts.running() + counts.warm()) {
            return Optional.of(UnmetReason.COUNT);
        }
        // only a creation is checked against the total, which has those that are started meanwhile
        if (then.created() > 0 && then.active() > counts.total()) {
            return Optional.of(UnmetReason.COUNT);
        }
        boolean many = takes.created() > 0 && then.members() > tenant.quotas().maxInstancesPerPool();
        return many ? Optional.of(UnmetReason.MAX_INSTANCES_PER_POOL) : Optional.empty();
    }
}
