import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Opens the tenants' keys of a node's state as their node does, with nothing but the JDK: HPKE of RFC 9180 in base mode, with
/// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM. So that a test can look for them where they must not be.
///
/// `OpenedKeys NODE-KEY-FILE NODE` reads lines `TENANT PURPOSE ID VERSION ENC SEALED`, and writes a line `TENANT/ID/VERSION HEX` for each.
public final class OpenedKeys {
    private static final int KEY_SIZE = 32;
    private static final int NONCE_SIZE = 12;
    private static final byte[] NOTHING = {};
    private static final byte[] KEM = suite("KEM", 0x0020);
    private static final byte[] HPKE = suite("HPKE", 0x0020, 0x0001, 0x0002);

    private final byte[] nodeKey;
    private final String node;

    private OpenedKeys(byte[] nodeKey, String node) {
        this.nodeKey = nodeKey;
        this.node = node;
    }

    public static void main(String[] arguments) throws IOException {
        var keys = new OpenedKeys(Files.readAllBytes(Path.of(arguments[0])), arguments[1]);
        try (var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            lines.lines().map(keys::opened).forEach(System.out::println);
        }
    }

    private String opened(String line) {
        var words = line.split(" ", -1);
        var place = String.join("\n", node, words[0], words[1], words[2], words[3], "");
        try {
            var key = open(decoded(words[4]), decoded(words[5]), bytes("mvm sealed key v1"), bytes(place));
            return words[0] + "/" + words[2] + "/" + words[3] + " " + HexFormat.of().formatHex(key);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(words[0] + "/" + words[2] + " does not open", e);
        }
    }

    /// The names are those of RFC 9180, sections 4.1 and 5.1.
    private byte[] open(byte[] enc, byte[] ct, byte[] info, byte[] aad) throws GeneralSecurityException {
        var base = new byte[KEY_SIZE];
        base[0] = 9; // the point that all public keys are multiples of, RFC 7748 section 4.1
        var kemContext = joined(enc, agreed(base));
        var eaePrk = extract(KEM, NOTHING, "eae_prk", agreed(enc));
        var shared = expand(KEM, eaePrk, "shared_secret", kemContext, KEY_SIZE);
        var pskIdHash = extract(HPKE, NOTHING, "psk_id_hash", NOTHING);
        var context = joined(new byte[1], pskIdHash, extract(HPKE, NOTHING, "info_hash", info));
        var secret = extract(HPKE, shared, "secret", NOTHING);
        var nonce = expand(HPKE, secret, "base_nonce", context, NONCE_SIZE);
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        var key = new SecretKeySpec(expand(HPKE, secret, "key", context, KEY_SIZE), "AES");
        cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(128, nonce));
        cipher.updateAAD(aad);
        return cipher.doFinal(ct);
    }

    private byte[] agreed(byte[] point) throws GeneralSecurityException {
        var factory = KeyFactory.getInstance("X25519");
        var bigEndian = new byte[KEY_SIZE];
        for (int i = 0; i < KEY_SIZE; i++) {
            bigEndian[KEY_SIZE - 1 - i] = point[i];
        }
        bigEndian[0] &= 0x7f;
        var agreement = KeyAgreement.getInstance("X25519");
        agreement.init(factory.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, nodeKey)));
        var other = new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, bigEndian));
        agreement.doPhase(factory.generatePublic(other), true);
        return agreement.generateSecret();
    }

    private static byte[] extract(byte[] suite, byte[] salt, String label, byte[] ikm) throws GeneralSecurityException {
        return hmac(salt.length == 0 ? new byte[KEY_SIZE] : salt, joined(bytes("HPKE-v1"), suite, bytes(label), ikm));
    }

    /// Returns at most one block.
    private static byte[] expand(byte[] suite, byte[] prk, String label, byte[] info, int length)
            throws GeneralSecurityException {
        var all = joined(number(length), bytes("HPKE-v1"), suite, bytes(label), info, new byte[] {1});
        return Arrays.copyOf(hmac(prk, all), length);
    }

    private static byte[] hmac(byte[] key, byte[] message) throws GeneralSecurityException {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(message);
    }

    private static byte[] suite(String name, int... numbers) {
        var all = bytes(name);
        for (int each : numbers) {
            all = joined(all, number(each));
        }
        return all;
    }

    private static byte[] number(int value) {
        return new byte[] {(byte) (value >> 8), (byte) value};
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] decoded(String text) {
        return Base64.getDecoder().decode(text);
    }

    private static byte[] joined(byte[]... parts) {
        var all = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(part -> part.length).sum());
        for (var part : parts) {
            all.put(part);
        }
        return all.array();
    }
}
