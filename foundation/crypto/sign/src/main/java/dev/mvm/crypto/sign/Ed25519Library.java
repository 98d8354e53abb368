package dev.mvm.crypto.sign;

import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;

/// Implementation of Ed25519 in this process: libcrypto where this process may call it, else the JDK, which is
/// several times slower.
public sealed interface Ed25519Library permits JdkLibrary, LibcryptoLibrary {
    /// Verifies signatures.
    SignatureCheck check();

    /// A key that signs.
    ///
    /// @param seed 32 bytes (RFC 8032, 5.1.5), which may be wiped afterwards
    /// @param verifyKey its public half
    SigningKey key(byte[] seed, VerifyKey verifyKey);

    /// The public half of a key.
    ///
    /// @param seed as in [#key]
    VerifyKey publicHalf(byte[] seed);

    /// The implementation that this process has.
    static Ed25519Library here() {
        return LibcryptoLibrary.find().<Ed25519Library>map(found -> found).orElseGet(JdkLibrary::new);
    }
}
