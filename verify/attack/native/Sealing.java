import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.interfaces.XECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// The ciphers by which keys are sealed: HKDF with SHA-256 (RFC 5869), AES-256-GCM, and the receiver's half of HPKE (RFC 9180) in the suite of
/// keyd.md. With nothing but the JDK.
final class Sealing {
    private static final int KEY_SIZE = 32;
    private static final int NONCE_SIZE = 12;
    private static final int TAG_BITS = 128;
    private static final byte[] NOTHING = {};
    private static final byte[] KEM_SUITE = {'K', 'E', 'M', 0, 0x20};
    private static final byte[] SUITE = {'H', 'P', 'K', 'E', 0, 0x20, 0, 1, 0, 2};
    private static final BigInteger BASE_POINT = BigInteger.valueOf(9);

    /// A receiver's context of HPKE in base mode.
    record Context(byte[] key, byte[] baseNonce) {
        /// Opens message number `sequence`.
        Optional<byte[]> open(int sequence, byte[] aad, byte[] sealed) throws GeneralSecurityException {
            var nonce = baseNonce.clone();
            nonce[NONCE_SIZE - 1] ^= (byte) sequence;
            nonce[NONCE_SIZE - 2] ^= (byte) (sequence >> 8);
            return Sealing.open(key, nonce, aad, sealed);
        }
    }

    private Sealing() {}

    /// Returns the context of a message that was encrypted to `secret`, 32 bytes; empty if `encapsulated` is no valid key.
    static Optional<Context> receive(byte[] secret, byte[] encapsulated, byte[] info) throws GeneralSecurityException {
        byte[] shared;
        byte[] own;
        try {
            shared = agree(secret, fromLittleEndian(encapsulated));
            own = agree(secret, BASE_POINT);
        } catch (InvalidKeyException e) {
            return Optional.empty();
        }
        var pseudo = extract(NOTHING, labelled(KEM_SUITE, "eae_prk", shared));
        var secretOfBoth = expand(pseudo, sized(KEM_SUITE, "shared_secret", KEY_SIZE, joined(encapsulated, own)), KEY_SIZE);
        var context = joined(
                new byte[] {0},
                extract(NOTHING, labelled(SUITE, "psk_id_hash", NOTHING)),
                extract(NOTHING, labelled(SUITE, "info_hash", info)));
        var schedule = extract(secretOfBoth, labelled(SUITE, "secret", NOTHING));
        return Optional.of(new Context(
                expand(schedule, sized(SUITE, "key", KEY_SIZE, context), KEY_SIZE),
                expand(schedule, sized(SUITE, "base_nonce", NONCE_SIZE, context), NONCE_SIZE)));
    }

    /// Returns what an Ed25519 key has for its scalar (RFC 8032), which X25519 can use.
    static byte[] asReceiver(byte[] seed) throws GeneralSecurityException {
        return Arrays.copyOf(MessageDigest.getInstance("SHA-512").digest(seed), KEY_SIZE);
    }

    /// Returns what `node` gets of a tenant's key.
    static byte[] ofHome(byte[] key, String node) throws GeneralSecurityException {
        return expand(key, ascii("mvm key home v1\n" + node), KEY_SIZE);
    }

    /// HKDF-Expand, its one block.
    static byte[] expand(byte[] key, byte[] info, int length) throws GeneralSecurityException {
        return Arrays.copyOf(mac(key, joined(info, new byte[] {1})), length);
    }

    static Optional<byte[]> open(byte[] key, byte[] nonce, byte[] aad, byte[] sealed) throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(aad);
        try {
            return Optional.of(cipher.doFinal(sealed));
        } catch (AEADBadTagException e) {
            return Optional.empty();
        }
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] extract(byte[] salt, byte[] input) throws GeneralSecurityException {
        return mac(salt.length == 0 ? new byte[KEY_SIZE] : salt, input);
    }

    private static byte[] mac(byte[] key, byte[] input) throws GeneralSecurityException {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(input);
    }

    private static byte[] labelled(byte[] suite, String label, byte[] input) {
        return joined(ascii("HPKE-v1"), suite, ascii(label), input);
    }

    private static byte[] sized(byte[] suite, String label, int length, byte[] info) {
        return joined(ByteBuffer.allocate(2).putShort((short) length).array(), labelled(suite, label, info));
    }

    private static byte[] joined(byte[]... parts) {
        var out = new ByteArrayOutputStream();
        for (var part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] agree(byte[] secret, BigInteger point) throws GeneralSecurityException {
        var factory = KeyFactory.getInstance("X25519");
        var own = (XECPrivateKey) factory.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, secret));
        var agreement = KeyAgreement.getInstance("X25519");
        agreement.init(own);
        agreement.doPhase(factory.generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, point)), true);
        return agreement.generateSecret();
    }

    private static BigInteger fromLittleEndian(byte[] bytes) {
        var turned = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            turned[i] = bytes[bytes.length - 1 - i];
        }
        turned[0] &= 0x7f;
        return new BigInteger(1, turned);
    }
}
