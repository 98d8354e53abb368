package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.NodeState;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A quota of a tenant that leaves no room for a state of one of its instances.
///
/// @param quota name of the quota in a grant
/// @param used use by all instances of the tenant
/// @param needed further use by the operation
/// @param limit value of the quota
public record QuotaShortfall(String quota, long used, long needed, long limit) {
    /// The first quota without room, in the order of a grant; empty if every quota has room by the observation.
    ///
    /// @param all every instance of the node
    /// @param to the state that `instance` is to reach
    public static Optional<QuotaShortfall> of(
            NodeState.Tenant tenant, List<Observation.Instance> all, Observation.Instance instance, InstanceState to) {
        var used = all.stream()
                .filter(each -> each.address().tenant().equals(tenant.tenant()))
                .map(each -> ResourceUsage.of(each.state(), each.resources()))
                .reduce(ResourceUsage.NONE, ResourceUsage::plus);
        var size = instance.resources();
        var more = ResourceUsage.of(to, size).minus(ResourceUsage.of(instance.state(), size));
        var grown = tenant.pool(instance.address().pool())
                .filter(_ -> !instance.state().holdsMemory()) // volumes grow when they are opened for a boot
                .map(pool -> pool.resources().diskGib() - size.diskGib())
                .orElse(0);
        var quotas = tenant.quotas();
        return Stream.of(
                        new QuotaShortfall("max_vcpus", used.vcpus(), more.vcpus(), quotas.maxVcpus()),
                        new QuotaShortfall("max_mem_mib", used.memMib(), more.memMib(), quotas.maxMemMib()),
                        new QuotaShortfall("max_running", used.running(), more.running(), quotas.maxRunning()),
                        new QuotaShortfall("max_warm", used.warm(), more.warm(), quotas.maxWarm()),
                        new QuotaShortfall("max_disk_gib", used.diskGib(), grown, quotas.maxDiskGib()),
                        new QuotaShortfall(
                                "max_sleeping_mem_mib",
                                used.sleepingMemMib(),
                                more.sleepingMemMib(),
                                quotas.maxSleepingMemMib()))
                .filter(each -> each.needed > 0 && each.used + each.needed > each.limit)
                .findFirst();
    }

    @Override
    public String toString() {
        return quota + " is " + limit + ", " + used + " are in use, and this needs " + needed + " more";
    }
}
