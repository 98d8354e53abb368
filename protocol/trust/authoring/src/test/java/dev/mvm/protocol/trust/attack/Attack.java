package dev.mvm.protocol.trust.attack;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;

/// One document that a node must not believe.
///
/// @param name what is wrong with it
/// @param as what it is presented as
/// @param proof what is presented as the proof that the log has it
/// @param reason why it is refused
/// @param aboutTheLog whether the proof is what is wrong
public record Attack(
        String name, DocumentType as, Bytes envelope, Bytes proof, DocumentReason reason, boolean aboutTheLog) {
    /// A state without a proof: it is refused before anybody looks for one.
    static Attack state(String name, byte[] envelope, DocumentReason reason) {
        return new Attack(name, DocumentType.NODE_STATE, Bytes.of(envelope), Bytes.of(new byte[0]), reason, false);
    }

    static Attack grant(String name, byte[] envelope, DocumentReason reason) {
        return new Attack(name, DocumentType.GRANT, Bytes.of(envelope), Bytes.of(new byte[0]), reason, false);
    }

    static Attack root(String name, byte[] envelope, DocumentReason reason) {
        return new Attack(name, DocumentType.ROOT, Bytes.of(envelope), Bytes.of(new byte[0]), reason, false);
    }

    @Override
    public String toString() {
        return name;
    }
}
