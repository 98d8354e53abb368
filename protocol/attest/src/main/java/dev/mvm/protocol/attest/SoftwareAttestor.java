package dev.mvm.protocol.attest;

import dev.mvm.json.JsonException;

/// Judges an inventory. It compares what the node says twice, in the statement and beside it; that is all it can do.
public final class SoftwareAttestor implements NodeAttestor {
    public SoftwareAttestor() {}

    @Override
    public Attestation judge(StatementFacts statement, byte[] evidence) {
        try {
            return switch (Evidence.read(evidence)) {
                case Evidence.Absent _ -> new Attestation.Shown(AttestationLevel.NONE, "no evidence");
                case Evidence.Software inventory -> compared(statement, inventory);
                case Evidence.Tpm _ -> new Attestation.Failed("a quote, where no TPM was challenged");
            };
        } catch (JsonException e) {
            return new Attestation.Failed(e.getMessage());
        }
    }

    private static Attestation compared(StatementFacts statement, Evidence.Software inventory) {
        if (!inventory.statement().equals(statement.payload())) {
            return new Attestation.Failed("the inventory is about another statement");
        }
        if (!inventory.boot().equals(statement.boot()) || inventory.mode() != statement.mode()) {
            return new Attestation.Failed("the inventory names another boot or mode than the statement");
        }
        return new Attestation.Shown(
                AttestationLevel.SOFTWARE,
                "inventory of " + inventory.packages().size() + " packages");
    }
}
