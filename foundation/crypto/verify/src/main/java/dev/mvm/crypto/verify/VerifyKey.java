package dev.mvm.crypto.verify;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;

/// An Ed25519 public key (RFC 8032, 5.1.5), 32 bytes.
///
/// Points of small order are refused: for them a signature exists that fits every message. So are encodings whose
/// coordinate is not reduced: they would give one key two names, and a threshold counts names.
public final class VerifyKey {
    public static final int BYTES = 32;

    private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

    /// The y coordinates of the eight points of small order: 0, 1, p - 1 and the two of order 8.
    private static final BigInteger[] SMALL_ORDER = {
        BigInteger.ZERO,
        BigInteger.ONE,
        P.subtract(BigInteger.ONE),
        new BigInteger("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16),
        P.subtract(new BigInteger("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16)),
    };

    private final byte[] raw;
    private final KeyId id;

    /// @throws IllegalArgumentException if `raw` is not the one encoding of a point that may sign
    public VerifyKey(byte[] raw) {
        if (raw.length != BYTES) {
            throw new IllegalArgumentException("an Ed25519 public key has 32 bytes, not " + raw.length);
        }
        this.raw = raw.clone();
        var y = coordinate(this.raw);
        if (y.compareTo(P) >= 0) {
            throw new IllegalArgumentException("an Ed25519 public key must be in reduced form");
        }
        if (Arrays.asList(SMALL_ORDER).contains(y)) {
            throw new IllegalArgumentException("an Ed25519 public key of small order proves nothing");
        }
        this.id = new KeyId("ed25519:" + Digest.of(this.raw).hex());
    }

    /// Reads standard Base64, 44 characters.
    ///
    /// @throws IllegalArgumentException for anything else
    public static VerifyKey ofBase64(String text) {
        return new VerifyKey(Bytes.ofBase64(text).array());
    }

    public byte[] raw() {
        return raw.clone();
    }

    public String base64() {
        return Base64.getEncoder().encodeToString(raw);
    }

    /// The key's name: a digest of the key itself, so that no two keys can share it.
    public KeyId id() {
        return id;
    }

    private static BigInteger coordinate(byte[] littleEndian) {
        var bigEndian = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            bigEndian[i] = littleEndian[BYTES - 1 - i];
        }
        bigEndian[0] &= 0x7f;
        return new BigInteger(1, bigEndian);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VerifyKey key && MessageDigest.isEqual(raw, key.raw);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(raw);
    }

    @Override
    public String toString() {
        return id.toString();
    }
}
