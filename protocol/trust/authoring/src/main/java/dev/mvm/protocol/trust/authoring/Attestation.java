package dev.mvm.protocol.trust.authoring;

import java.util.Arrays;

/// Proofs that a node has to give about itself before it gets a tenant's keys.
public enum Attestation {
    /// Nothing.
    NONE("none"),
    /// Its boot, its mode and its software by its own word: an inventory. It is no proof against who has the node's
    /// identity key.
    SOFTWARE("software"),
    /// A quote of its TPM 2.0 over what was measured at its boot.
    TPM2("tpm2");

    private final String word;

    Attestation(String word) {
        this.word = word;
    }

    /// The word for it in grants.
    public String word() {
        return word;
    }

    /// The attestation that `word` means.
    ///
    /// @throws IllegalArgumentException for any other word
    public static Attestation of(String word) {
        return Arrays.stream(values())
                .filter(value -> value.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such attestation: want none, software or tpm2"));
    }
}
