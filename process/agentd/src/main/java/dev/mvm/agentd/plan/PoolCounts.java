package dev.mvm.agentd.plan;

import dev.mvm.model.Counts;

/// Desired numbers of running, warm and sleeping instances among those that no operator holds. Each held instance,
/// in any state, takes the place of a running one, then of a warm one, then of a sleeping one: an instance that
/// was stopped by hand is not replaced, and no other instance moves because of it.
record PoolCounts(int running, int warm, int sleeping) {
    static PoolCounts of(Counts counts, int held) {
        int heldWarm = Math.max(0, held - counts.running());
        int heldSleeping = Math.max(0, heldWarm - counts.warm());
        return new PoolCounts(
                Math.max(0, counts.running() - held),
                Math.max(0, counts.warm() - heldWarm),
                Math.max(0, counts.sleeping() - heldSleeping));
    }

    /// Number of idle instances that take a place: of a missing running instance, then of a missing warm one.
    /// Unlike held instances, they displace no other.
    int idlePlaces(PoolMembers members) {
        return Math.min(
                members.idle().size(),
                missing(running, members.running().size())
                        + missing(warm, members.warm().size()));
    }

    /// Counts for the others when `count` idle instances take places.
    PoolCounts beside(int count, PoolMembers members) {
        int forRunning = Math.min(count, missing(running, members.running().size()));
        return new PoolCounts(running - forRunning, warm - Math.min(count - forRunning, warm), sleeping);
    }

    private static int missing(int desired, int present) {
        return Math.max(0, desired - present);
    }
}
