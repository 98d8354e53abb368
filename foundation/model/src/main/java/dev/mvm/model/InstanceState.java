package dev.mvm.model;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// The life of an instance. The table of edges is the whole machine: what is not in it does not happen.
public enum InstanceState {
    /// Has an identity; nothing to boot yet.
    CREATED("Created"),
    /// Has a revision; has never run.
    READY("Ready"),
    /// The virtual processors run.
    RUNNING("Running"),
    /// Paused in memory.
    WARM("Warm"),
    /// Exists only as a sealed snapshot.
    SLEEPING("Sleeping"),
    /// Was running; will boot afresh.
    STOPPED("Stopped"),
    /// Gone. The identity is never used again.
    DESTROYED("Destroyed");

    private final String word;

    InstanceState(String word) {
        this.word = word;
    }

    /// The name as people and documents write it.
    public String word() {
        return word;
    }

    /// The state that `word` names, or empty.
    public static Optional<InstanceState> of(String word) {
        return Arrays.stream(values()).filter(state -> state.word.equals(word)).findFirst();
    }

    /// The states that may follow this one: eleven edges, and destruction from everywhere, repeatable.
    public Set<InstanceState> next() {
        return switch (this) {
            case CREATED -> EnumSet.of(READY, DESTROYED);
            case READY -> EnumSet.of(READY, RUNNING, DESTROYED);
            case RUNNING -> EnumSet.of(WARM, STOPPED, DESTROYED);
            case WARM -> EnumSet.of(RUNNING, SLEEPING, STOPPED, DESTROYED);
            case SLEEPING -> EnumSet.of(RUNNING, STOPPED, DESTROYED);
            case STOPPED -> EnumSet.of(RUNNING, DESTROYED);
            case DESTROYED -> EnumSet.of(DESTROYED);
        };
    }

    public boolean mayBecome(InstanceState next) {
        return next().contains(next);
    }

    /// Returns whether a VMM process exists in this state; it then holds processors and memory of the tenant's
    /// quota.
    public boolean holdsMemory() {
        return this == RUNNING || this == WARM;
    }

    /// Returns whether the instance can resume where it was.
    public boolean rests() {
        return this == WARM || this == SLEEPING;
    }

    @Override
    public String toString() {
        return word;
    }
}
