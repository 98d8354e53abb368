package dev.mvm.crypto.sign;

import dev.mvm.crypto.verify.VerifyKey;

/// Something that can sign with one Ed25519 key, wherever that key lives. For any number of threads.
public interface SigningKey extends AutoCloseable {
    /// The public half.
    VerifyKey verifyKey();

    /// The 64-byte signature of `message`.
    ///
    /// @throws SigningException if the key cannot be used now
    byte[] sign(byte[] message) throws SigningException;

    /// Lets go of what it holds: memory, a token's session. It cannot sign any longer.
    @Override
    default void close() {}
}
