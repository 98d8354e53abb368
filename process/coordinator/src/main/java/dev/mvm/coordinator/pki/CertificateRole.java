package dev.mvm.coordinator.pki;

import java.util.Arrays;
import java.util.Optional;

/// The role of a certificate's holder in the fleet.
public enum CertificateRole {
    /// The agent of one node.
    NODE("node"),
    /// A person, or a program that acts for one.
    OPERATOR("operator"),
    /// A coordinator; the only role whose certificates can serve.
    COORDINATOR("coordinator");

    private final String word;

    CertificateRole(String word) {
        this.word = word;
    }

    /// Returns the role's word in URIs.
    public String word() {
        return word;
    }

    static Optional<CertificateRole> of(String word) {
        return Arrays.stream(values()).filter(role -> role.word().equals(word)).findFirst();
    }
}
