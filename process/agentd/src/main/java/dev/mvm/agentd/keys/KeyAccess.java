package dev.mvm.agentd.keys;

import dev.mvm.model.Bytes;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// This node's means of getting keys of the key service.
///
/// @param possible whether hostd answers, and the trust root names a key service
public record KeyAccess(KeyHolder holder, Attestor attestor, BooleanSupplier possible) {
    /// Returns the identity for the key service, which is empty without a TPM; empty while the node takes no key blobs.
    public Optional<Bytes> attestation() {
        return possible.getAsBoolean() ? Optional.of(attestor.identity()) : Optional.empty();
    }
}
