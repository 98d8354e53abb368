package dev.mvm.model;

/// The limits of a tenant on one node, which hold together. Warm instances hold processors and memory as running ones
/// do; sleeping and stopped ones hold the disk of their volumes, and sleeping ones that of a snapshot besides, which
/// has at most the size of their memory and 64 MiB more.
///
/// @param maxVcpus virtual processors of running and warm instances
/// @param maxMemMib memory of running and warm instances, MiB
/// @param maxRunning instances in state Running
/// @param maxWarm instances in state Warm
/// @param maxPools pools
/// @param maxInstancesPerPool instances of one pool that are not destroyed
/// @param maxDiskGib data volumes, GiB
/// @param maxSleepingMemMib memory that sleeping instances had, MiB
public record Quotas(
        int maxVcpus,
        int maxMemMib,
        int maxRunning,
        int maxWarm,
        int maxPools,
        int maxInstancesPerPool,
        int maxDiskGib,
        int maxSleepingMemMib) {
    /// The largest value of a quota, which limits nothing: no machine that mvm runs on has more of anything. It keeps
    /// sums far away from overflow.
    public static final int UNLIMITED = 1 << 26;

    public Quotas {
        check("max_vcpus", maxVcpus);
        check("max_mem_mib", maxMemMib);
        check("max_running", maxRunning);
        check("max_warm", maxWarm);
        check("max_pools", maxPools);
        check("max_instances_per_pool", maxInstancesPerPool);
        check("max_disk_gib", maxDiskGib);
        check("max_sleeping_mem_mib", maxSleepingMemMib);
    }

    /// Returns whether every quota of `this` is at most that of `other`.
    public boolean within(Quotas other) {
        return maxVcpus <= other.maxVcpus
                && maxMemMib <= other.maxMemMib
                && maxRunning <= other.maxRunning
                && maxWarm <= other.maxWarm
                && maxPools <= other.maxPools
                && maxInstancesPerPool <= other.maxInstancesPerPool
                && maxDiskGib <= other.maxDiskGib
                && maxSleepingMemMib <= other.maxSleepingMemMib;
    }

    private static void check(String name, int value) {
        if (value < 0 || value > UNLIMITED) {
            throw new IllegalArgumentException("quota " + name + " is " + value + " (want 0 to " + UNLIMITED + ")");
        }
    }
}
