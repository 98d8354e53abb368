import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Opens the tenants' keys of the key service's store with its master key, and nothing but the JDK: what a thief of both has. So
/// that a test can look for them where they must not be.
///
/// `StoreKeys MASTERS [NODE...]` reads lines `TENANT PURPOSE ID VERSION WRAPPED`, as they stand in files `key.TENANT.ID` of the
/// store, and writes a line `TENANT/ID/VERSION HEX` for each, and `TENANT/ID/VERSION/NODE HEX` for what each node is lent of it.
/// MASTERS is a directory with files `epoch-N` of 32 bytes.
public final class StoreKeys {
    private static final int NONCE_SIZE = 12;
    private static final int TAG_BITS = 128;

    private final Path masters;
    private final List<String> nodes;

    private StoreKeys(Path masters, List<String> nodes) {
        this.masters = masters;
        this.nodes = nodes;
    }

    public static void main(String[] arguments) throws IOException {
        var nodes = List.of(arguments).subList(1, arguments.length);
        var keys = new StoreKeys(Path.of(arguments[0]), nodes);
        try (var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                keys.opened(line).forEach(System.out::println);
            }
        }
    }

    private List<String> opened(String line) throws IOException {
        var words = line.split(" ", -1);
        var name = words[0] + "/" + words[2] + "/" + words[3];
        try {
            var key = open(words[4], String.join("\n", words[0], words[1], words[2], words[3], ""));
            var out = new ArrayList<String>();
            out.add(name + " " + HexFormat.of().formatHex(key));
            for (var node : nodes) {
                out.add(name + "/" + node + " " + HexFormat.of().formatHex(lent(key, node)));
            }
            return out;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(name + " does not open", e);
        }
    }

    /// Opens `eN:BASE64`: nonce, ciphertext and tag under epoch N.
    private byte[] open(String wrapped, String place) throws IOException, GeneralSecurityException {
        int colon = wrapped.indexOf(':');
        var master = Files.readAllBytes(masters.resolve("epoch-" + wrapped.substring(1, colon)));
        var bytes = Base64.getDecoder().decode(wrapped.substring(colon + 1));
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        var nonce = new GCMParameterSpec(TAG_BITS, Arrays.copyOf(bytes, NONCE_SIZE));
        cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(master, "AES"), nonce);
        cipher.updateAAD(place.getBytes(StandardCharsets.US_ASCII));
        return cipher.doFinal(bytes, NONCE_SIZE, bytes.length - NONCE_SIZE);
    }

    /// HKDF-Expand of RFC 5869, its one block.
    private static byte[] lent(byte[] key, String node) throws GeneralSecurityException {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update(("mvm key home v1\n" + node).getBytes(StandardCharsets.US_ASCII));
        return mac.doFinal(new byte[] {1});
    }
}
