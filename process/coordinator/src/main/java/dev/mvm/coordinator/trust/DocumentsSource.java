package dev.mvm.coordinator.trust;

import dev.mvm.crypto.sign.PassphraseSource;
import dev.mvm.model.Digest;
import java.nio.file.Path;

/// Opens the trust root and the key with which documents are verified and signed.
@FunctionalInterface
public interface DocumentsSource {
    /// Reads trust root and key.
    ///
    /// @param root the trust root, a signed document
    /// @param pin the digest that the root must have
    /// @param stateKey the key that signs node states, a reference as `SigningKeys` reads it
    /// @param passphrases source of the key's passphrase
    /// @throws DocumentRefusedException if either cannot be used
    Documents open(Path root, Digest pin, String stateKey, PassphraseSource passphrases)
            throws DocumentRefusedException;
}
