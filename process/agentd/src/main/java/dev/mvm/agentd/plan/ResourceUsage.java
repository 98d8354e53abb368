package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceState;
import dev.mvm.model.Resources;

/// Use of the counted resources: by tenant, and the last four by pool.
///
/// @param running instances that run
/// @param warm instances that are warm
/// @param vcpus processors of both
/// @param memMib memory of both, in MiB
/// @param diskGib volumes of all instances, in GiB
/// @param sleepingMemMib memory that sleeping instances had, in MiB
/// @param inMemory instances that run or are warm
/// @param active instances that are not stopped
/// @param members instances
/// @param created instances that the plan creates
record ResourceUsage(
        int running,
        int warm,
        long vcpus,
        long memMib,
        long diskGib,
        long sleepingMemMib,
        int inMemory,
        int active,
        int members,
        int created) {
    static final ResourceUsage NONE = new ResourceUsage(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /// One running instance that is in memory already.
    static final ResourceUsage RUNNING = new ResourceUsage(1, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /// One warm instance that is in memory already.
    static final ResourceUsage WARM = new ResourceUsage(0, 1, 0, 0, 0, 0, 0, 0, 0, 0);

    /// Use by an instance of `size` in `state`.
    static ResourceUsage of(InstanceState state, Resources size) {
        int running = state == InstanceState.RUNNING ? 1 : 0;
        int warm = state == InstanceState.WARM ? 1 : 0;
        int inMemory = running + warm;
        int active = state == InstanceState.STOPPED ? 0 : 1;
        return new ResourceUsage(
                running,
                warm,
                (long) inMemory * size.vcpus(),
                (long) inMemory * size.memMib(),
                size.diskGib(),
                state == InstanceState.SLEEPING ? size.memMib() : 0,
                inMemory,
                active,
                1,
                0);
    }

    /// Use by one more instance that exists.
    static ResourceUsage creation(int diskGib) {
        return new ResourceUsage(0, 0, 0, 0, diskGib, 0, 0, 1, 1, 1);
    }

    static ResourceUsage disk(int moreGib) {
        return new ResourceUsage(0, 0, 0, 0, moreGib, 0, 0, 0, 0, 0);
    }

    /// Use by the snapshot of an instance of `size`.
    static ResourceUsage asleep(Resources size) {
        return new ResourceUsage(0, 0, 0, 0, 0, size.memMib(), 0, 0, 0, 0);
    }

    /// Use by an instance of `size` that is brought into memory and runs.
    static ResourceUsage boot(Resources size, boolean stopped) {
        return new ResourceUsage(1, 0, size.vcpus(), size.memMib(), 0, 0, 1, stopped ? 1 : 0, 0, 0);
    }

    ResourceUsage plus(ResourceUsage more) {
        return new ResourceUsage(
                running + more.running,
                warm + more.warm,
                vcpus + more.vcpus,
                memMib + more.memMib,
                diskGib + more.diskGib,
                sleepingMemMib + more.sleepingMemMib,
                inMemory + more.inMemory,
                active + more.active,
                members + more.members,
                created + more.created);
    }

    /// Returns the use beyond `other`, of each resource.
    ResourceUsage beyond(ResourceUsage other) {
        var more = minus(other);
        return new ResourceUsage(
                Math.max(0, more.running),
                Math.max(0, more.warm),
                Math.max(0, more.vcpus),
                Math.max(0, more.memMib),
                Math.max(0, more.diskGib),
                Math.max(0, more.sleepingMemMib),
                Math.max(0, more.inMemory),
                Math.max(0, more.active),
                Math.max(0, more.members),
                Math.max(0, more.created));
    }

    ResourceUsage minus(ResourceUsage less) {
        return new ResourceUsage(
                running - less.running,
                warm - less.warm,
                vcpus - less.vcpus,
                memMib - less.memMib,
                diskGib - less.diskGib,
                sleepingMemMib - less.sleepingMemMib,
                inMemory - less.inMemory,
                active - less.active,
                members - less.members,
                created - less.created);
    }
}
