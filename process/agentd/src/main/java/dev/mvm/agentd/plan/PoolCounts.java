package dev.mvm.agentd.plan;

import dev.mvm.model.Counts;

/// How many of the instances that nobody holds should be running, warm and asleep. Each that an operator holds takes
/// the place of a running one, whatever state it was put in, then of a warm one, then of a sleeping one: what was
/// stopped by hand is not replaced, and nothing else moves because of it.
record PoolCounts(int running, int warm, int sleeping) {
    static PoolCounts of(Counts counts, int held) {
        int heldWarm = Math.max(0, held - counts.running());
        int heldSleeping = Math.max(0, heldWarm - counts.warm());
        return new PoolCounts(
                Math.max(0, counts.running() - held),
                Math.max(0, counts.warm() - heldWarm),
                Math.max(0, counts.sleeping() - heldSleeping));
    }

    /// How many of those that rest take a place: of a running one that lacks, then of a warm one that lacks. Unlike
    /// what an operator holds, they put nobody out.
    int rested(PoolMembers members) {
        return Math.min(
                members.resting().size(),
                lacking(running, members.running().size())
                        + lacking(warm, members.warm().size()));
    }

    /// What is wanted of the others, when `count` rest in the place of some.
    PoolCounts beside(int count, PoolMembers members) {
        int forRunning = Math.min(count, lacking(running, members.running().size()));
        return new PoolCounts(running - forRunning, warm - Math.min(count - forRunning, warm), sleeping);
    }

    private static int lacking(int wanted, int there) {
        return Math.max(0, wanted - there);
    }
}
