package dev.mvm.protocol.attest.tpm;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// A TPM whose private keys its owner has: it does what a TPM does, and can be told to do what a TPM never does. A real
/// one is in
/// [RealTpmTest].
final class SoftwareTpm {
    private static final String EK_HEAD =
            "0023000b000300b20020837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa"
                    + "000600800043001000030010";
    private static final String AK_HEAD = "0023000b0005047200000010" + "0018000b00030010";

    private final KeyPair endorsement = pair();
    private KeyPair attestation = pair();

    String akHead = AK_HEAD;
    String hierarchy = "40000007";
    String magic = "ff544347";
    String kind = "8018";
    final List<byte[]> pcrs = new ArrayList<>(Collections.nCopies(TpmQuote.PCRS, new byte[32]));

    static KeyPair pair() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Does what a start of the machine does: another attestation key, PCRs from zeros.
    void start() {
        attestation = pair();
        pcrs.replaceAll(_ -> new byte[32]);
    }

    void extend(int pcr, byte[] digest) {
        var sha256 = Digest.sha256();
        sha256.update(pcrs.get(pcr));
        pcrs.set(pcr, sha256.digest(digest));
    }

    byte[] endorsementArea() {
        return area(EK_HEAD, endorsement);
    }

    byte[] attestationArea() {
        return area(akHead, attestation);
    }

    byte[] identityBytes() {
        return join(sized(endorsementArea()), sized(attestationArea()));
    }

    TpmIdentity identity() throws TpmFormatException {
        return TpmIdentity.read(identityBytes());
    }

    /// As TPM2_ActivateCredential does; empty if the credential is for another TPM or another key.
    Optional<Bytes> open(Bytes blob) {
        try {
            var reader = new TpmReader(blob.array());
            var object = new TpmReader(reader.sized());
            var point = new TpmReader(reader.sized());
            reader.end();
            return opened(object.sized(), object.bytes(34), point.sized(), point.sized());
        } catch (TpmFormatException | GeneralSecurityException e) {
            return Optional.empty();
        }
    }

    private Optional<Bytes> opened(byte[] integrity, byte[] encrypted, byte[] x, byte[] y)
            throws GeneralSecurityException {
        var curve = ((ECPublicKey) endorsement.getPublic()).getParams();
        var point = new ECPoint(new BigInteger(1, x), new BigInteger(1, y));
        var agreement = KeyAgreement.getInstance("ECDH");
        agreement.init(endorsement.getPrivate());
        agreement.doPhase(KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, curve)), true);
        var own = TpmKey.padded(((ECPublicKey) endorsement.getPublic()).getW().getAffineX());
        var seed = TpmDerivation.e(agreement.generateSecret(), "IDENTITY", x, own);
        var name = name();
        var key = TpmDerivation.a(seed, "INTEGRITY", new byte[0], 256);
        if (!Arrays.equals(TpmDerivation.hmac(key, encrypted, name), integrity)) {
            return Optional.empty();
        }
        var cipher = Cipher.getInstance("AES/CFB/NoPadding");
        var secret = new SecretKeySpec(TpmDerivation.a(seed, "STORAGE", name, 128), "AES");
        cipher.init(Cipher.DECRYPT_MODE, secret, new IvParameterSpec(new byte[16]));
        return Optional.of(Bytes.of(Arrays.copyOfRange(cipher.doFinal(encrypted), 2, 34)));
    }

    private byte[] name() {
        return join(hex("000b"), hex(Digest.of(attestationArea()).hex()));
    }

    /// Evidence of kind `tpm2`, with a secret that this TPM may have opened, or not.
    byte[] evidence(Bytes secret, Digest statement) {
        var signer = Digest.of(join(hex(hierarchy), name()));
        var all = Digest.sha256();
        pcrs.forEach(all::update);
        var attest = join(
                hex(magic + kind),
                sized(join(hex("000b"), hex(signer.hex()))),
                sized(hex(statement.hex())),
                new byte[16],
                new byte[] {1},
                new byte[8],
                hex("00000001000b03ffffff"),
                sized(all.digest()));
        return evidence(secret, attest, signature(attest));
    }

    byte[] evidence(Bytes secret, byte[] attest, byte[] rs) {
        var signature = join(hex("0018000b"), sized(Arrays.copyOf(rs, 32)), sized(Arrays.copyOfRange(rs, 32, 64)));
        var out = join(new byte[] {2}, sized(secret.array()), sized(attest), sized(signature));
        for (var pcr : pcrs) {
            out = join(out, pcr);
        }
        return out;
    }

    byte[] signature(byte[] message) {
        try {
            var signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(attestation.getPrivate());
            signature.update(message);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] area(String head, KeyPair pair) {
        var point = ((ECPublicKey) pair.getPublic()).getW();
        return join(hex(head), sized(TpmKey.padded(point.getAffineX())), sized(TpmKey.padded(point.getAffineY())));
    }

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    static byte[] sized(byte[] bytes) {
        return join(new byte[] {(byte) (bytes.length >> 8), (byte) bytes.length}, bytes);
    }

    static byte[] join(byte[]... parts) {
        var out = ByteBuffer.allocate(
                Arrays.stream(parts).mapToInt(part -> part.length).sum());
        for (var part : parts) {
            out.put(part);
        }
        return out.array();
    }
}
