package dev.mvm.model;

/// The limits of a tenant on one node, which hold together. Warm instances hold processors and memory as running ones
/// do; sleeping and stopped ones hold only the disk of their volumes. Snapshots count on no quota.
///
/// @param maxVcpus virtual processors of running and warm instances
/// @param maxMemMib memory of running and warm instances, MiB
/// @param maxRunning instances in state Running
/// @param maxWarm instances in state Warm
/// @param maxPools pools
/// @param maxInstancesPerPool instances of one pool that are not destroyed
/// @param maxDiskGib data volumes, GiB
public record Quotas(
        int maxVcpus,
        int maxMemMib,
        int maxRunning,
        int maxWarm,
        int maxPools,
        int maxInstancesPerPool,
        int maxDiskGib) {
    /// No machine that mvm runs on has more of anything; it keeps sums far away from overflow.
    private static final int CEILING = 1 << 26;

    public Quotas {
        check("max_vcpus", maxVcpus);
        check("max_mem_mib", maxMemMib);
        check("max_running", maxRunning);
        check("max_warm", maxWarm);
        check("max_pools", maxPools);
        check("max_instances_per_pool", maxInstancesPerPool);
        check("max_disk_gib", maxDiskGib);
    }

    /// Returns whether every quota of `this` is at most that of `other`.
    public boolean within(Quotas other) {
        return maxVcpus <= other.maxVcpus
                && maxMemMib <= other.maxMemMib
                && maxRunning <= other.maxRunning
                && maxWarm <= other.maxWarm
                && maxPools <= other.maxPools
                && maxInstancesPerPool <= other.maxInstancesPerPool
                && maxDiskGib <= other.maxDiskGib;
    }

    private static void check(String name, int value) {
        if (value < 0 || value > CEILING) {
            throw new IllegalArgumentException("quota " + name + " is " + value + " (want 0 to " + CEILING + ")");
        }
    }
}
