package dev.mvm.agentd.plan;

import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.NodeState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What one tenant has and may have, at the worst moment of a wave: what a step takes is taken when the wave begins,
/// what it gives back is there when the wave has ended. hostd counts the same way, one operation after another.
final class TenantBudget {
    private final NodeState.Tenant tenant;
    private final Map<PoolId, ResourceUsage> pools = new HashMap<>();
    private ResourceUsage all = ResourceUsage.NONE;

    private TenantBudget(NodeState.Tenant tenant) {
        this.tenant = tenant;
    }

    /// @param instances all that the tenant has, of unknown pools, too
    static TenantBudget of(NodeState.Tenant tenant, List<Observation.Instance> instances) {
        var ledger = new TenantBudget(tenant);
        for (var instance : instances) {
            ledger.take(instance.address().pool(), ResourceUsage.of(instance.state(), instance.resources()));
        }
        return ledger;
    }

    /// How much is taken now.
    ResourceUsage taken() {
        return all;
    }

    private ResourceUsage taken(PoolId pool) {
        return pools.getOrDefault(pool, ResourceUsage.NONE);
    }

    void take(PoolId pool, ResourceUsage room) {
        all = all.plus(room);
        pools.put(pool, taken(pool).plus(room));
    }

    void give(PoolId pool, ResourceUsage room) {
        all = all.minus(room);
        pools.put(pool, taken(pool).minus(room));
    }

    /// What `chain` lacks now.
    Optional<UnmetReason> lack(Chain chain) {
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
        // only what is made is counted against all of them, but also beside what is started meanwhile
        if (then.created() > 0 && then.active() > counts.total()) {
            return Optional.of(UnmetReason.COUNT);
        }
        boolean many = takes.created() > 0 && then.members() > tenant.quotas().maxInstancesPerPool();
        return many ? Optional.of(UnmetReason.MAX_INSTANCES_PER_POOL) : Optional.empty();
    }
}
