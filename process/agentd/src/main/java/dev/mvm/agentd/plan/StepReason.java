package dev.mvm.agentd.plan;

/// The planner's reason for a step. The words are for people.
public enum StepReason {
    TOO_FEW_RUN("running instances below desired count"),
    TOO_FEW_WARM("warm instances below desired count"),
    TOO_MANY_RUN("running instances above desired count"),
    TOO_MANY_WARM("warm instances above desired count"),
    /// The instance has been idle for as long as its pool's timeouts say.
    IDLE("idle"),
    /// The node's memory is short, and the instance has been idle for longest.
    PRESSURE("memory pressure on the node"),
    /// The instance's snapshot is another machine's, and its pool has such instances booted afresh.
    SNAPSHOT_UNFIT("snapshot does not fit this machine"),
    /// The instance is warm, and the state has another revision or size for it now: hostd does not resume it.
    WARM_UNFIT("warm instance is not as the signed state has its pool"),
    UNKNOWN_TENANT("tenant not in the signed state"),
    UNKNOWN_POOL("pool not in the signed state"),
    MACHINE_STOPS("machine is stopping");

    private final String words;

    StepReason(String words) {
        this.words = words;
    }

    public String words() {
        return words;
    }
}
