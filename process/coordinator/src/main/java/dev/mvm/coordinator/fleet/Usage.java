package dev.mvm.coordinator.fleet;

import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.model.Quotas;
import java.util.List;
import java.util.Optional;

/// The resources that a tenant would use with every desired count reached. Warm instances use memory; sleeping ones
/// use disk only, for their volumes and for the memory that they had.
record Usage(
        long vcpus,
        long memMib,
        long running,
        long warm,
        long pools,
        long largestPool,
        long diskGib,
        long sleepingMemMib) {
    /// A quota that would be exceeded.
    record Excess(String quota, long used, int limit) {}

    static Usage of(SignedGrant grant, List<PoolTarget> targets) {
        long vcpus = 0;
        long memory = 0;
        long running = 0;
        long warm = 0;
        long largest = 0;
        long disk = 0;
        long asleep = 0;
        for (var target : targets) {
            var granted = grant.pool(target.pool());
            if (granted.isEmpty()) {
                continue;
            }
            var each = granted.get().ceiling();
            var counts = target.counts();
            long inMemory = (long) counts.running() + counts.warm();
            vcpus += inMemory * each.vcpus();
            memory += inMemory * each.memMib();
            running += counts.running();
            warm += counts.warm();
            largest = Math.max(largest, counts.total());
            disk += (long) counts.total() * each.diskGib();
            asleep += (long) counts.sleeping() * each.memMib();
        }
        return new Usage(vcpus, memory, running, warm, grant.pools().size(), largest, disk, asleep);
    }

    /// Returns the first quota that would be exceeded; empty if all are kept.
    Optional<Excess> beyond(Quotas quotas) {
        return List.of(
                        new Excess("max_vcpus", vcpus, quotas.maxVcpus()),
                        new Excess("max_mem_mib", memMib, quotas.maxMemMib()),
                        new Excess("max_running", running, quotas.maxRunning()),
                        new Excess("max_warm", warm, quotas.maxWarm()),
                        new Excess("max_pools", pools, quotas.maxPools()),
                        new Excess("max_instances_per_pool", largestPool, quotas.maxInstancesPerPool()),
                        new Excess("max_disk_gib", diskGib, quotas.maxDiskGib()),
                        new Excess("max_sleeping_mem_mib", sleepingMemMib, quotas.maxSleepingMemMib()))
                .stream()
                .filter(excess -> excess.used() > excess.limit())
                .findFirst();
    }
}
