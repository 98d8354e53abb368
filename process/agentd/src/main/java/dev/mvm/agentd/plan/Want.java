package dev.mvm.agentd.plan;

import dev.mvm.model.Counts;

/// How many of the instances that nobody holds should be running and warm. Each that an operator holds takes the
/// place of a running one, whatever state it was put in, and of a warm one once those are used up: what was stopped
/// by hand is not replaced, and nothing else moves because of it.
record Want(int running, int warm) {
    static Want of(Counts counts, Members members) {
        int held = members.manual().size();
        int running = Math.max(0, counts.running() - held);
        int heldBeyondRunning = Math.max(0, held - counts.running());
        int heldWarm = Math.min(heldBeyondRunning, counts.warm());
        return new Want(running, counts.warm() - heldWarm);
    }
}
