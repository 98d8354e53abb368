package dev.mvm.linux.libcrypto;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// The sealing side of HPKE as RFC 9180 spells it out, on the JDK's primitives alone: base mode,
/// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-GCM of either length. Nothing of it is libcrypto's.
final class ReferenceHpke {
    /// RFC 9180 section 7.3.
    enum Aead {
        AES_128_GCM(1, 16),
        AES_256_GCM(2, 32);

        private final int id;
        private final int keySize;

        Aead(int id, int keySize) {
            this.id = id;
            this.keySize = keySize;
        }
    }

    /// The sender's context after set-up, RFC 9180 section 5.1.
    @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
    record Sender(byte[] enc, byte[] sharedSecret, byte[] key, byte[] baseNonce) {
        /// The first message.
        byte[] seal(byte[] aad, byte[] plain) throws GeneralSecurityException {
            return seal(0, aad, plain);
        }

        /// Message number `seq`: section 5.2.
        byte[] seal(int seq, byte[] aad, byte[] plain) throws GeneralSecurityException {
            var nonce = baseNonce.clone();
            for (int i = 0; i < Integer.BYTES; i++) {
                nonce[nonce.length - 1 - i] ^= (byte) (seq >> (8 * i));
            }
            var cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
            cipher.updateAAD(aad);
            return cipher.doFinal(plain);
        }
    }

    private static final byte[] KEM = suite("KEM", 0x0020);

    private ReferenceHpke() {}

    static Sender sender(Aead aead, byte[] ephemeral, byte[] receiver, byte[] info) throws GeneralSecurityException {
        var enc = publicKey(ephemeral);
        var prk = extract(KEM, new byte[0], "eae_prk", dh(ephemeral, receiver));
        var shared = expand(KEM, prk, "shared_secret", join(enc, receiver), 32);
        var suite = suite("HPKE", 0x0020, 0x0001, aead.id);
        var context = join(
                new byte[] {0}, // mode_base
                extract(suite, new byte[0], "psk_id_hash", new byte[0]),
                extract(suite, new byte[0], "info_hash", info));
        var secret = extract(suite, shared, "secret", new byte[0]);
        return new Sender(
                enc,
                shared,
                expand(suite, secret, "key", context, aead.keySize),
                expand(suite, secret, "base_nonce", context, 12));
    }

    static byte[] publicKey(byte[] privateKey) throws GeneralSecurityException {
        var base = new byte[32];
        base[0] = 9;
        return dh(privateKey, base);
    }

    private static byte[] dh(byte[] privateKey, byte[] publicKey) throws GeneralSecurityException {
        var factory = KeyFactory.getInstance("X25519");
        var bigEndian = new byte[32];
        for (int i = 0; i < 32; i++) {
            bigEndian[i] = publicKey[31 - i];
        }
        var agreement = KeyAgreement.getInstance("X25519");
        agreement.init(factory.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, privateKey)));
        agreement.doPhase(
                factory.generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, bigEndian))),
                true);
        return agreement.generateSecret();
    }

    private static byte[] suite(String kind, int... ids) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(kind.getBytes(US_ASCII));
        for (int id : ids) {
            out.write(id >> 8);
            out.write(id);
        }
        return out.toByteArray();
    }

    private static byte[] extract(byte[] suite, byte[] salt, String label, byte[] input)
            throws GeneralSecurityException {
        return hmac(salt, join("HPKE-v1".getBytes(US_ASCII), suite, label.getBytes(US_ASCII), input));
    }

    private static byte[] expand(byte[] suite, byte[] key, String label, byte[] info, int length)
            throws GeneralSecurityException {
        var size = new byte[] {(byte) (length >> 8), (byte) length};
        var labelled = join(size, "HPKE-v1".getBytes(US_ASCII), suite, label.getBytes(US_ASCII), info);
        return Arrays.copyOf(hmac(key, join(labelled, new byte[] {1})), length); // RFC 5869, one block is enough
    }

    private static byte[] hmac(byte[] key, byte[] message) throws GeneralSecurityException {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key.length == 0 ? new byte[32] : key, "HmacSHA256"));
        return mac.doFinal(message);
    }

    private static byte[] join(byte[]... parts) {
        var out = new ByteArrayOutputStream();
        for (var part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
