package dev.mvm.coordinator.trust;

import dev.mvm.crypto.sign.PassphraseSource;
import dev.mvm.model.Digest;
import java.nio.file.Path;

/// Opens what documents are verified and signed with.
@FunctionalInterface
public interface DocumentsSource {
    /// Reads trust root and key.
    ///
    /// @param root the trust root, a signed document
    /// @param pin the digest it must have
    /// @param stateKey the key that signs node states, a reference as `SigningKeys` reads it
    /// @param passphrases what opens the key
    /// @throws DocumentRefusedException if either cannot be used
    Documents open(Path root, Digest pin, String stateKey, PassphraseSource passphrases)
            throws DocumentRefusedException;
}
