package dev.mvm.protocol.attest;

import java.util.Arrays;
import java.util.Optional;

/// Levels of what a node has shown about itself. A grant says how much a tenant's keys ask for. Later ones satisfy
/// earlier
/// ones.
public enum AttestationLevel {
    /// Nothing beyond the signature of its identity key.
    NONE("none"),
    /// An inventory: boot, mode and packages as the node itself tells them. It proves nothing against who has the
    /// identity key.
    SOFTWARE("software"),
    /// A quote of the TPM that its node document names, over measurements that a signed list allows.
    TPM2("tpm2");

    private final String word;

    AttestationLevel(String word) {
        this.word = word;
    }

    /// The word for it in grants, audit and reports.
    public String word() {
        return word;
    }

    public boolean satisfies(AttestationLevel least) {
        return compareTo(least) >= 0;
    }

    /// The level that `word` means, or empty.
    public static Optional<AttestationLevel> of(String word) {
        return Arrays.stream(values()).filter(level -> level.word.equals(word)).findFirst();
    }
}
