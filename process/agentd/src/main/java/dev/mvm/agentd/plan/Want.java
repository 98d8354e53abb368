package dev.mvm.agentd.plan;

import dev.mvm.model.Counts;

/// How many of the instances that nobody holds should be running, warm and asleep. Each that an operator holds takes
/// the place of a running one, whatever state it was put in, then of a warm one, then of a sleeping one: what was
/// stopped by hand is not replaced, and nothing else moves because of it.
record Want(int running, int warm, int sleeping) {
    static Want of(Counts counts, Members members) {
        int held = members.manual().size();
        int heldWarm = Math.max(0, held - counts.running());
        int heldSleeping = Math.max(0, heldWarm - counts.warm());
        return new Want(
                Math.max(0, counts.running() - held),
                Math.max(0, counts.warm() - heldWarm),
                Math.max(0, counts.sleeping() - heldSleeping));
    }
}
