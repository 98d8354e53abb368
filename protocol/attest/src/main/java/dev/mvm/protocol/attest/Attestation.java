package dev.mvm.protocol.attest;

/// The judgement about one piece of evidence.
public sealed interface Attestation {
    /// Evidence that holds.
    ///
    /// @param detail what the audit says about it, one line: the release that was measured, the number of packages
    record Shown(AttestationLevel level, String detail) implements Attestation {}

    /// Evidence that does not hold: it is about something else, or forged, or measures what no release allows.
    ///
    /// @param why one line for operators
    record Failed(String why) implements Attestation {}
}
