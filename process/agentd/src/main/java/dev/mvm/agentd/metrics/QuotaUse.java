package dev.mvm.agentd.metrics;

import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.NodeState;
import java.util.List;

/// Use of one quota by a tenant.
///
/// @param quota name of the quota
/// @param used present use, in the unit of the quota
/// @param limit value of the quota
record QuotaUse(String quota, long used, long limit) {
    /// The quotas of instances, in the same order for every tenant.
    static List<QuotaUse> of(NodeState.Tenant tenant, Observation observation) {
        var quotas = tenant.quotas();
        var own = observation.instances().stream()
                .filter(instance -> instance.address().tenant().equals(tenant.tenant()))
                .toList();
        var awake =
                own.stream().filter(instance -> instance.state().holdsMemory()).toList();
        return List.of(
                new QuotaUse(
                        "vcpus",
                        awake.stream().mapToLong(i -> i.resources().vcpus()).sum(),
                        quotas.maxVcpus()),
                new QuotaUse(
                        "mem_mib",
                        awake.stream().mapToLong(i -> i.resources().memMib()).sum(),
                        quotas.maxMemMib()),
                new QuotaUse("running", count(own, InstanceState.RUNNING), quotas.maxRunning()),
                new QuotaUse("warm", count(own, InstanceState.WARM), quotas.maxWarm()),
                new QuotaUse("pools", tenant.pools().size(), quotas.maxPools()),
                new QuotaUse(
                        "disk_gib",
                        own.stream().mapToLong(i -> i.resources().diskGib()).sum(),
                        quotas.maxDiskGib()),
                new QuotaUse(
                        "sleeping_mem_mib",
                        own.stream()
                                .filter(i -> i.state() == InstanceState.SLEEPING)
                                .mapToLong(i -> i.resources().memMib())
                                .sum(),
                        quotas.maxSleepingMemMib()));
    }

    private static long count(List<Observation.Instance> instances, InstanceState state) {
        return instances.stream().filter(instance -> instance.state() == state).count();
    }

    /// Used part of the quota; 0 if the quota is 0.
    double ratio() {
        return limit == 0 ? 0 : (double) used / limit;
    }

    QuotaUse plus(QuotaUse other) {
        return new QuotaUse(quota, used + other.used, limit + other.limit);
    }
}
