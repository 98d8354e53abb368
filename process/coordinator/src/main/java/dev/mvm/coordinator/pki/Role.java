package dev.mvm.coordinator.pki;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What the holder of a certificate is to the fleet.
public enum Role {
    /// The agent of one node.
    NODE,
    /// A person, or a program that acts for one.
    OPERATOR,
    /// A coordinator; the only role whose certificates can serve.
    COORDINATOR;

    /// The word for it in URIs.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Role> of(String word) {
        return Arrays.stream(values()).filter(role -> role.word().equals(word)).findFirst();
    }
}
