package dev.mvm.protocol.attest;

import java.util.Optional;

/// The demand of one tenant's grant on a node before the tenant's keys are sealed to it.
public record AttestationPolicy(AttestationLevel least) {
    /// Reason code: the node has shown less than the grant asks for.
    public static final String MISSING = "attestation_missing";

    /// Reason code: the node has shown evidence, and it does not hold.
    public static final String FAILED = "attestation_failed";

    /// The reason for refusing the tenant's keys; empty if they may be released. A tenant whose grant asks for nothing
    /// is not
    /// affected by evidence that does not hold.
    public Optional<String> refusal(Attestation attestation) {
        return switch (attestation) {
            case Attestation.Shown(var level, var _) ->
                level.satisfies(least) ? Optional.empty() : Optional.of(MISSING);
            case Attestation.Failed _ -> least == AttestationLevel.NONE ? Optional.empty() : Optional.of(FAILED);
        };
    }
}
