package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceState;
import dev.mvm.model.Resources;

/// How much of everything that is counted: by tenant, but for the last four, which are of its pool.
///
/// @param running instances that run
/// @param warm instances that are warm
/// @param vcpus of both
/// @param memMib of both
/// @param diskGib of all instances
/// @param inMemory instances that run or are warm
/// @param active instances that are not stopped
/// @param members instances
/// @param created those of them that are made by the plan
record ResourceUsage(
        int running,
        int warm,
        long vcpus,
        long memMib,
        long diskGib,
        int inMemory,
        int active,
        int members,
        int created) {
    static final ResourceUsage NONE = new ResourceUsage(0, 0, 0, 0, 0, 0, 0, 0, 0);

    /// A place among those that run, beside what is in memory already.
    static final ResourceUsage RUNNING = new ResourceUsage(1, 0, 0, 0, 0, 0, 0, 0, 0);

    /// A place among the warm, likewise.
    static final ResourceUsage WARM = new ResourceUsage(0, 1, 0, 0, 0, 0, 0, 0, 0);

    /// What an instance of `size` takes in `state`.
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
                inMemory,
                active,
                1,
                0);
    }

    /// One more that exists.
    static ResourceUsage creation(int diskGib) {
        return new ResourceUsage(0, 0, 0, 0, diskGib, 0, 1, 1, 1);
    }

    static ResourceUsage disk(int moreGib) {
        return new ResourceUsage(0, 0, 0, 0, moreGib, 0, 0, 0, 0);
    }

    /// What brings an instance of `size` into memory and lets it run.
    static ResourceUsage boot(Resources size, boolean stopped) {
        return new ResourceUsage(1, 0, size.vcpus(), size.memMib(), 0, 1, stopped ? 1 : 0, 0, 0);
    }

    ResourceUsage plus(ResourceUsage more) {
        return new ResourceUsage(
                running + more.running,
                warm + more.warm,
                vcpus + more.vcpus,
                memMib + more.memMib,
                diskGib + more.diskGib,
                inMemory + more.inMemory,
                active + more.active,
                members + more.members,
                created + more.created);
    }

    ResourceUsage minus(ResourceUsage less) {
        return new ResourceUsage(
                running - less.running,
                warm - less.warm,
                vcpus - less.vcpus,
                memMib - less.memMib,
                diskGib - less.diskGib,
                inMemory - less.inMemory,
                active - less.active,
                members - less.members,
                created - less.created);
    }
}
