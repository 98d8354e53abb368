package dev.mvm.cli.audit;

import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;
import java.util.List;
import java.util.Optional;

/// Verifies the signatures of a chain's records. hostd signs each record by its node's identity key. Records from
/// before
/// it did have no signature; once one has, all that follow must have one.
public final class AuditSignatures {
    /// No keys are known: signatures are counted and not verified.
    public static final AuditSignatures UNKNOWN = new AuditSignatures(List.of(), (_, _, _) -> false);

    private final List<VerifyKey> keys;
    private final SignatureCheck check;

    /// Verifies by keys.
    ///
    /// @param keys of the node, one for each time that its key was replaced; empty to verify none
    public AuditSignatures(List<VerifyKey> keys, SignatureCheck check) {
        this.keys = List.copyOf(keys);
        this.check = check;
    }

    /// Returns whether signatures are verified.
    public boolean verifies() {
        return !keys.isEmpty();
    }

    /// Says why a record is not signed as it should be; empty if it is.
    ///
    /// @param first number of the first record that has a signature, 0 if none before this one has
    Optional<String> fault(AuditLine line, long first) {
        if (line.signature().isEmpty()) {
            return first == 0
                    ? Optional.empty()
                    : Optional.of("record " + line.sequence() + " has no signature, and record " + first + " has one");
        }
        boolean signed = !verifies() || keys.stream().anyMatch(key -> line.isSignedBy(key, check));
        return signed
                ? Optional.empty()
                : Optional.of(
                        "record " + line.sequence() + " is not signed by the node: wrong signature, or another key");
    }
}
