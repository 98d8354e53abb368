package dev.mvm.coordinator.operators;

import java.util.Arrays;
import java.util.Optional;

/// The role of an operator. Each includes the ones before it.
public enum OperatorRole {
    /// Reads: states, counts, events, audits, the log of states.
    AUDITOR("auditor", 1),
    /// Changes what runs: pools, instances, programs in them, keys of tenants, grants.
    OPERATOR("operator", 2),
    /// Changes what is of the whole fleet: operators, tenants, trust roots, node documents, master keys.
    ADMIN("admin", 3);

    private final String word;
    private final int rank;

    OperatorRole(String word, int rank) {
        this.word = word;
        this.rank = rank;
    }

    /// Returns the role's word in records and answers.
    public String word() {
        return word;
    }

    /// Returns whether this role includes `least`.
    public boolean includes(OperatorRole least) {
        return rank >= least.rank;
    }

    /// Returns the role with this word; empty if there is no such role.
    public static Optional<OperatorRole> of(String word) {
        return Arrays.stream(values()).filter(role -> role.word.equals(word)).findFirst();
    }
}
