package dev.mvm.protocol.attest.tpm;

import dev.mvm.model.Digest;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/// The public area of a key in a TPM (Part 2, 12.2.4, TPMT_PUBLIC). There are two kinds, and each has exactly one form
/// that is
/// acceptable: the template that mvm-attest makes it from. What the TPM promises about a key is in its attributes, so a
/// key with
/// fewer or others is refused.
final class TpmKey {
    static final int COORDINATE = 32;

    private static final int ECC = 0x0023;
    private static final int SHA256 = 0x000b;
    private static final int NULL = 0x0010;
    private static final int P256 = 0x0003;
    /// fixedTPM, fixedParent, sensitiveDataOrigin, adminWithPolicy, restricted, decrypt
    private static final long EK_ATTRIBUTES = 0x0003_00b2;
    /// fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA, restricted, sign
    private static final long AK_ATTRIBUTES = 0x0005_0472;
    /// PolicySecret of the endorsement hierarchy: TCG EK Credential Profile, B.3.
    private static final byte[] EK_POLICY =
            HexFormat.of().parseHex("837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa");
    private static final ECParameterSpec CURVE = curve();

    private final byte[] area;
    private final ECPublicKey key;

    private TpmKey(byte[] area, ECPublicKey key) {
        this.area = area;
        this.key = key;
    }

    /// An endorsement key: template L-2 of TCG's EK Credential Profile, which opens credentials and nothing else.
    static TpmKey endorsement(byte[] area) throws TpmFormatException {
        var reader = begin(area, "EK", EK_ATTRIBUTES);
        if (!Arrays.equals(reader.sized(), EK_POLICY)) {
            throw new TpmFormatException("the EK has another policy than its template");
        }
        reader.expect(2, 0x0006, "the EK's cipher"); // AES
        reader.expect(2, 128, "the EK's cipher's key");
        reader.expect(2, 0x0043, "the EK's cipher's mode"); // CFB
        reader.expect(2, NULL, "the EK's scheme");
        return end(area, reader);
    }

    /// An attestation key: it signs by ECDSA with SHA-256 what the TPM itself has made, and nothing from outside.
    static TpmKey attestation(byte[] area) throws TpmFormatException {
        var reader = begin(area, "AK", AK_ATTRIBUTES);
        if (reader.sized().length != 0) {
            throw new TpmFormatException("the AK has a policy");
        }
        reader.expect(2, NULL, "the AK's cipher");
        reader.expect(2, 0x0018, "the AK's scheme"); // ECDSA
        reader.expect(2, SHA256, "the AK's digest");
        return end(area, reader);
    }

    private static TpmReader begin(byte[] area, String which, long attributes) throws TpmFormatException {
        var reader = new TpmReader(area);
        reader.expect(2, ECC, "the type of the " + which);
        reader.expect(2, SHA256, "the name algorithm of the " + which);
        reader.expect(4, attributes, "the attributes of the " + which);
        return reader;
    }

    private static TpmKey end(byte[] area, TpmReader reader) throws TpmFormatException {
        reader.expect(2, P256, "the curve");
        reader.expect(2, NULL, "the key derivation");
        var x = coordinate(reader);
        var y = coordinate(reader);
        reader.end();
        return new TpmKey(area.clone(), publicKey(new ECPoint(x, y)));
    }

    /// A coordinate in its one form of 32 bytes: so a key has one name.
    private static BigInteger coordinate(TpmReader reader) throws TpmFormatException {
        reader.expect(2, COORDINATE, "the length of a coordinate");
        return new BigInteger(1, reader.bytes(COORDINATE));
    }

    private static ECPublicKey publicKey(ECPoint point) throws TpmFormatException {
        var p = ((ECFieldFp) CURVE.getCurve().getField()).getP();
        var x = point.getAffineX();
        var y = point.getAffineY();
        var right = x.pow(3)
                .add(CURVE.getCurve().getA().multiply(x))
                .add(CURVE.getCurve().getB());
        if (x.compareTo(p) >= 0
                || y.compareTo(p) >= 0
                || right.subtract(y.pow(2)).mod(p).signum() != 0) {
            throw new TpmFormatException("the key is no point of the curve");
        }
        try {
            return (ECPublicKey) KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, CURVE));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has P-256", e);
        }
    }

    private static ECParameterSpec curve() {
        try {
            var parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec("secp256r1"));
            return parameters.getParameterSpec(ECParameterSpec.class);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has P-256", e);
        }
    }

    ECPublicKey key() {
        return key;
    }

    /// Digest of the public area.
    Digest digest() {
        return Digest.of(area);
    }

    /// The name by which a TPM knows the key (Part 1, 16): algorithm and digest of the public area.
    byte[] name() {
        return ByteBuffer.allocate(34)
                .putShort((short) SHA256)
                .put(HexFormat.of().parseHex(digest().hex()))
                .array();
    }

    /// A coordinate as a TPM writes it, in 32 bytes.
    static byte[] padded(BigInteger coordinate) {
        var bytes = coordinate.toByteArray();
        var out = new byte[COORDINATE];
        int size = Math.min(bytes.length, COORDINATE); // a leading zero for the sign is left out
        System.arraycopy(bytes, bytes.length - size, out, COORDINATE - size, size);
        return out;
    }
}
