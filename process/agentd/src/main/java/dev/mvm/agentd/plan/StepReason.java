package dev.mvm.agentd.plan;

/// What made the planner want a step. The words are for people.
public enum StepReason {
    TOO_FEW_RUN("too few run"),
    TOO_FEW_WARM("too few are warm"),
    TOO_MANY_RUN("more run than wanted"),
    TOO_MANY_WARM("more are warm than wanted"),
    /// It has had nothing to do for as long as its pool's policy says.
    IDLE("it has had nothing to do"),
    /// The node's memory is short, and this one has had nothing to do for longest.
    PRESSURE("memory is short"),
    /// Its snapshot is another machine's, and its pool would rather have it afresh than not at all.
    SNAPSHOT_UNFIT("its snapshot does not fit this machine"),
    UNKNOWN_TENANT("the signed state does not name its tenant"),
    UNKNOWN_POOL("the signed state does not name its pool"),
    MACHINE_STOPS("this machine is about to stop");

    private final String words;

    StepReason(String words) {
        this.words = words;
    }

    public String words() {
        return words;
    }
}
