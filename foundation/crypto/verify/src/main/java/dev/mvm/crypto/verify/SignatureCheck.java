package dev.mvm.crypto.verify;

/// The Ed25519 primitive. The rules about who must sign are elsewhere; this only does the arithmetic, so that the
/// root process can use libcrypto's and everyone else the JDK's.
@FunctionalInterface
public interface SignatureCheck {
    int SIGNATURE_BYTES = 64;

    /// Returns whether `signature` is a valid Ed25519 signature (RFC 8032, 5.1.7) of `message` by `key`. Signatures
    /// of another length, with an unreduced `S`, or with a wrongly encoded `R` are not valid. Never throws for bad
    /// input.
    boolean valid(VerifyKey key, byte[] message, byte[] signature);
}
