package dev.mvm.crypto.tenantkeys;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import java.util.Arrays;

/// The check value of a tenant's key, docs/protocol/keys.md: the first 16 bytes of HKDF-Expand with SHA-256 (RFC 5869
/// section 2.3). It tells two keys apart, and says nothing else about either.
///
/// Made of digests, because the JDK's HMAC and HKDF keep copies of the key that nothing wipes.
public final class KeyCheck {
    private static final String INFO = "mvm key check v1";
    private static final int SIZE = 16;
    private static final int BLOCK = 64; // of SHA-256
    private static final byte INNER = 0x36; // RFC 2104
    private static final byte OUTER = 0x5c; // RFC 2104

    private KeyCheck() {}

    /// Returns the check value of `key`, which stays the caller's.
    public static Bytes of(byte[] key) {
        var info = (INFO + (char) 1).getBytes(US_ASCII); // the number of the block
        var all = hash(key, OUTER, hash(key, INNER, info));
        return Bytes.of(Arrays.copyOf(all, SIZE));
    }

    private static byte[] hash(byte[] key, byte pad, byte[] text) {
        var first = Arrays.copyOf(key, BLOCK);
        try {
            for (int i = 0; i < BLOCK; i++) {
                first[i] ^= pad;
            }
            var sha256 = Digest.sha256();
            sha256.update(first);
            return sha256.digest(text);
        } finally {
            Arrays.fill(first, (byte) 0);
        }
    }
}
