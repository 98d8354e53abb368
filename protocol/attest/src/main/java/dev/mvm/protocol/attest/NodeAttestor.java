package dev.mvm.protocol.attest;

/// Judges what a node shows about itself. It stands in front of every release of keys.
@FunctionalInterface
public interface NodeAttestor {
    /// Judges evidence that came with a statement whose signature was verified already. Never throws for what a node
    /// can send.
    ///
    /// @param evidence as it was sent, of any length and content; empty if the node has sent no evidence
    Attestation judge(StatementFacts statement, byte[] evidence);
}
