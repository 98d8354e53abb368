package dev.mvm.protocol.attest.tpm;

import dev.mvm.model.Bytes;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// A secret that one TPM opens, and only if it has one key (Part 1, 24: MakeCredential). Who says the secret has both.
///
/// @param blob for the challenge: TPM2B_ID_OBJECT, TPM2B_ENCRYPTED_SECRET
/// @param secret 32 bytes, to be kept until the answer; never sent
public record TpmCredential(Bytes blob, Bytes secret) {
    static final int SECRET = 32;

    private static final byte[] NOTHING = {};

    /// Makes a credential with a secret of its own.
    public static TpmCredential make(TpmIdentity identity, SecureRandom random) {
        var secret = new byte[SECRET];
        random.nextBytes(secret);
        try {
            return new TpmCredential(Bytes.of(blob(identity, secret, random)), Bytes.of(secret));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has ECDH over P-256, and AES", e);
        }
    }

    private static byte[] blob(TpmIdentity identity, byte[] secret, SecureRandom random)
            throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), random);
        var sender = generator.generateKeyPair();
        var agreement = KeyAgreement.getInstance("ECDH");
        agreement.init(sender.getPrivate());
        agreement.doPhase(identity.endorsement().key(), true);
        var point = ((ECPublicKey) sender.getPublic()).getW();
        var x = TpmKey.padded(point.getAffineX());
        var receiver = TpmKey.padded(identity.endorsement().key().getW().getAffineX());
        var seed = TpmDerivation.e(agreement.generateSecret(), "IDENTITY", x, receiver);
        var object = object(seed, identity.attestation().name(), secret);
        return ByteBuffer.allocate(2 * Short.BYTES + object.length + 2 * (Short.BYTES + TpmKey.COORDINATE))
                .putShort((short) object.length)
                .put(object)
                .putShort((short) (2 * (Short.BYTES + TpmKey.COORDINATE)))
                .put(sized(x))
                .put(sized(TpmKey.padded(point.getAffineY())))
                .array();
    }

    /// TPMS_ID_OBJECT: the integrity, then the encrypted secret. Both are bound to the attestation key's name.
    private static byte[] object(byte[] seed, byte[] name, byte[] secret) throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/CFB/NoPadding");
        cipher.init(
                Cipher.ENCRYPT_MODE,
                new SecretKeySpec(TpmDerivation.a(seed, "STORAGE", name, 128), "AES"),
                new IvParameterSpec(new byte[16])); // the key is used once
        var encrypted = cipher.doFinal(sized(secret));
        var integrity = TpmDerivation.hmac(TpmDerivation.a(seed, "INTEGRITY", NOTHING, 256), encrypted, name);
        return ByteBuffer.allocate(Short.BYTES + integrity.length + encrypted.length)
                .put(sized(integrity))
                .put(encrypted)
                .array();
    }

    private static byte[] sized(byte[] bytes) {
        return ByteBuffer.allocate(Short.BYTES + bytes.length)
                .putShort((short) bytes.length)
                .put(bytes)
                .array();
    }
}
