package dev.mvm.protocol.attest.tpm;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.Digest;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The two key derivation functions of TPM 2.0 with SHA-256 (Part 1, 11.4.10), for results of at most 256 bits.
final class TpmDerivation {
    private TpmDerivation() {}

    /// KDFa: NIST SP 800-108 in counter mode with HMAC.
    static byte[] a(byte[] key, String label, byte[] context, int bits) {
        return Arrays.copyOf(hmac(key, one(), terminated(label), context, number(bits)), bits / 8);
    }

    /// KDFe: NIST SP 800-56A, from the shared point's x.
    static byte[] e(byte[] shared, String label, byte[] sender, byte[] receiver) {
        var sha256 = Digest.sha256();
        for (var part : new byte[][] {one(), shared, terminated(label), sender, receiver}) {
            sha256.update(part);
        }
        return sha256.digest();
    }

    static byte[] hmac(byte[] key, byte[]... parts) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            for (var part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HMAC with SHA-256", e);
        }
    }

    private static byte[] one() {
        return number(1);
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
    }

    private static byte[] terminated(String label) {
        return (label + '\0').getBytes(US_ASCII);
    }
}
