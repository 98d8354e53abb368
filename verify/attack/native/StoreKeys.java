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
/// store, and tries each with every file of 32 bytes in the directory MASTERS. Writes a line `TENANT/ID/VERSION HEX` for each that
/// opens, and `TENANT/ID/VERSION/NODE HEX` for what each node is lent of it; for one that does not open, a line on standard error.
public final class StoreKeys {
    private static final int NONCE_SIZE = 12;
    private static final int TAG_BITS = 128;
    private static final int MASTER_SIZE = 32;

    private final List<byte[]> masters;
    private final List<String> nodes;

    private StoreKeys(List<byte[]> masters, List<String> nodes) {
        this.masters = masters;
        this.nodes = nodes;
    }

    public static void main(String[] arguments) throws IOException {
        var nodes = List.of(arguments).subList(1, arguments.length);
        var keys = new StoreKeys(masters(Path.of(arguments[0])), nodes);
        try (var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                keys.opened(line).forEach(System.out::println);
            }
        }
    }

    private static List<byte[]> masters(Path directory) throws IOException {
        var out = new ArrayList<byte[]>();
        try (var files = Files.newDirectoryStream(directory)) {
            for (var file : files) {
                if (Files.size(file) == MASTER_SIZE) {
                    out.add(Files.readAllBytes(file));
                }
            }
        }
        return out;
    }

    private List<String> opened(String line) {
        var words = line.split(" ", -1);
        var name = words[0] + "/" + words[2] + "/" + words[3];
        var place = String.join("\n", words[0], words[1], words[2], words[3], "");
        for (var master : masters) {
            try {
                var key = open(words[4], place, master);
                var out = new ArrayList<String>();
                out.add(name + " " + HexFormat.of().formatHex(key));
                for (var node : nodes) {
                    out.add(name + "/" + node + " " + HexFormat.of().formatHex(lent(key, node)));
                }
                return out;
            } catch (GeneralSecurityException _) { // another epoch's
            }
        }
        System.err.println(name + " does not open");
        return List.of();
    }

    /// Opens `eN:BASE64`: nonce, ciphertext and tag under epoch N.
    private static byte[] open(String wrapped, String place, byte[] master) throws GeneralSecurityException {
        var bytes = Base64.getDecoder().decode(wrapped.substring(wrapped.indexOf(':') + 1));
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
