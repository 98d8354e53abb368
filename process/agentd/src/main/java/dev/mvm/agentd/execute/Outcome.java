package dev.mvm.agentd.execute;

/// Outcome of the steps that were planned for an instance or a pool.
public sealed interface Outcome {
    /// Nothing is left to do.
    record Converged() implements Outcome {}

    /// Every step worked; the next round observes their effect.
    ///
    /// @param steps number of steps, 1 or more
    record Progressing(int steps) implements Outcome {}

    /// A step failed, is not tried again yet, or has no room.
    ///
    /// @param reason a stable code: of the failure, `backing_off`, `waiting`, `busy`, `under_way`, or of
    ///     an [dev.mvm.agentd.plan.UnmetReason]
    record Blocked(String reason) implements Outcome {}

    /// hostd's policy refused a step.
    ///
    /// @param reason hostd's code
    record Rejected(String reason) implements Outcome {}

    /// Reason: the step waits for room that other steps, which failed, should have made.
    String WAITING = "waiting";

    /// Reason: an operator's verb is under way on the instance, so that the plan may be out of date.
    String BUSY = "busy";

    /// Reason: steps of an earlier moment, or of this round, have not ended yet.
    String UNDER_WAY = "under_way";

    /// Reason: the instance has failed lately, and its pause is not over.
    String BACKING_OFF = "backing_off";

    /// Name of the outcome, as in metrics and answers.
    default String word() {
        return switch (this) {
            case Converged _ -> "converged";
            case Progressing _ -> "progressing";
            case Blocked _ -> "blocked";
            case Rejected _ -> "rejected";
        };
    }

    /// Stable code of the reason for which nothing was done; empty text if all was.
    default String reason() {
        return "";
    }

    /// The outcome of both together: the worse of the two.
    default Outcome and(Outcome other) {
        if (this instanceof Progressing(var some) && other instanceof Progressing(var more)) {
            return new Progressing(some + more);
        }
        return other.rank() > rank() ? other : this;
    }

    private int rank() {
        return switch (this) {
            case Converged _ -> 0;
            case Progressing _ -> 1;
            case Blocked _ -> 2;
            case Rejected _ -> 3;
        };
    }
}
