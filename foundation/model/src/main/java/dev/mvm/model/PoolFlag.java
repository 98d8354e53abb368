package dev.mvm.model;

import java.util.Arrays;
import java.util.Optional;

/// Rights that a grant may give a pool beyond running it.
public enum PoolFlag {
    /// `exec` and `console` into its instances.
    EXEC("exec"),
    /// The metadata service.
    METADATA("metadata"),
    /// Never stopped or put to sleep by policy or reconcile.
    PINNED("pinned"),
    /// Left alone by reconcile altogether; explicit verbs still work.
    CRITICAL("critical"),
    /// Guests of the pool reach what the node's uplink reaches.
    EGRESS("egress"),
    /// Guests of the pool do not reach each other. A duty: a pool that was granted this flag must have it.
    ISOLATED("isolated"),
    /// VMMs of the pool run under the system call filter that the node has installed for them, not under their
    /// own. A duty, too.
    STRICT("strict"),
    /// Data volumes of the pool answer a block that was changed on the disk with an error. A duty, too.
    INTEGRITY("integrity"),
    /// `logs` of its instances.
    LOGS("logs"),
    /// The agent boots no instance again whose microVM has ended by itself.
    NO_RESTART("no_restart");

    private final String word;

    PoolFlag(String word) {
        this.word = word;
    }

    /// The word for it in signed documents.
    public String word() {
        return word;
    }

    /// Returns whether a pool that was granted this flag must have it.
    public boolean duty() {
        return this == ISOLATED || this == STRICT || this == INTEGRITY;
    }

    /// The flag that `word` means, or empty.
    public static Optional<PoolFlag> of(String word) {
        return Arrays.stream(values()).filter(flag -> flag.word().equals(word)).findFirst();
    }
}
