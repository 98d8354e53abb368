package dev.mvm.agentd.execute;

/// What came of carrying out what was planned for an instance or a pool.
public sealed interface Outcome {
    /// All is as wanted.
    record Converged() implements Outcome {}

    /// Everything that was tried worked; what there is now will be looked at again.
    ///
    /// @param steps how many, 1 or more
    record Progressing(int steps) implements Outcome {}

    /// It did not work, is left alone for a while because it did not, or there is no room for it.
    ///
    /// @param reason a stable code: what failed, `backing_off`, `waiting`, `busy`, or what is lacking
    record Blocked(String reason) implements Outcome {}

    /// hostd's policy said no.
    ///
    /// @param reason hostd's code
    record Rejected(String reason) implements Outcome {}

    /// Something else is in the way: what was wanted of an instance waits for steps that did not work.
    String WAITING = "waiting";

    /// An operator's verb is under way on the instance; what was planned before may not hold after it.
    String BUSY = "busy";

    /// What did not work lately is left alone.
    String BACKING_OFF = "backing_off";

    /// The word for it, as in metrics and answers.
    default String word() {
        return switch (this) {
            case Converged _ -> "converged";
            case Progressing _ -> "progressing";
            case Blocked _ -> "blocked";
            case Rejected _ -> "rejected";
        };
    }

    /// Why, if something stands in the way; else empty text.
    default String why() {
        return switch (this) {
            case Blocked(var reason) -> reason;
            case Rejected(var reason) -> reason;
            case Converged _, Progressing _ -> "";
        };
    }

    /// What is true of both together: the worse of the two.
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
