package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.NodeState;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A quota of a tenant that has no room for what somebody wants of one of its instances.
///
/// @param quota its name in a grant
/// @param used how much of it all of the tenant's instances take
/// @param needed how much more it would have to be
/// @param limit how much there may be
public record QuotaShortfall(String quota, long used, long needed, long limit) {
    /// The first of them, in the order of a grant; empty if there is room as far as can be seen.
    ///
    /// @param all what there is on the node
    /// @param to what `instance` is to be
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
                        new QuotaShortfall("max_disk_gib", used.diskGib(), grown, quotas.maxDiskGib()))
                .filter(each -> each.needed > 0 && each.used + each.needed > each.limit)
                .findFirst();
    }

    @Override
    public String toString() {
        return quota + " is " + limit + ", " + used + " are in use, and this needs " + needed + " more";
    }
}
