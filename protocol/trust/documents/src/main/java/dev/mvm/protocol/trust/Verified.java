package dev.mvm.protocol.trust;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;

/// A document whose signatures have been checked. Only a [Verifier] can make one, so a method that takes one
/// cannot be called with anything unsigned.
public final class Verified<T> {
    private final T value;
    private final Digest digest;
    private final Bytes envelope;

    Verified(T value, Digest digest, byte[] envelope) {
        this.value = value;
        this.digest = digest;
        this.envelope = Bytes.of(envelope);
    }

    public T value() {
        return value;
    }

    /// The digest of the signed bytes: the document's name. It does not depend on who signed.
    public Digest digest() {
        return digest;
    }

    /// The envelope as it came, to be kept and verified again.
    public Bytes envelope() {
        return envelope;
    }
}
