package dev.mvm.keyd;

import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.libcrypto.Ed25519;

/// Ed25519 by OpenSSL. When the library itself fails nothing is believed.
record LibcryptoSignatures(Ed25519 ed25519) implements SignatureCheck {
    @Override
    public boolean valid(VerifyKey key, byte[] message, byte[] signature) {
        try {
            return ed25519.verify(key.raw(), message, signature);
        } catch (LibraryException e) {
            throw new IllegalStateException("libcrypto cannot verify: " + e.getMessage(), e);
        }
    }
}
