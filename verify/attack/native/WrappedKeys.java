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
import java.util.Optional;
import java.util.TreeSet;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Opens the tenants' keys of a coordinator's store with its file of master keys, and nothing but the JDK: what a thief of both has.
///
/// `WrappedKeys MASTER-KEYS TENANT/PURPOSE/ID...` reads lines `local:NAME:BASE64`, as they are found in the store, tries each as the
/// named keys' versions 1 to 64, and writes a line `TENANT/ID/VERSION HEX` for each that opens. Without a file, none does.
public final class WrappedKeys {
    private static final int NONCE_SIZE = 12;
    private static final int TAG_BITS = 128;
    private static final int VERSIONS = 64;

    private final List<byte[]> masters;

    private WrappedKeys(List<byte[]> masters) {
        this.masters = masters;
    }

    public static void main(String[] arguments) throws IOException {
        var masters = new ArrayList<byte[]>();
        var file = Path.of(arguments[0]);
        if (Files.exists(file)) {
            Files.readAllLines(file).forEach(line -> masters.add(Base64.getDecoder().decode(line)));
        }
        var keys = new WrappedKeys(masters);
        var places = List.of(arguments).subList(1, arguments.length);
        var opened = new TreeSet<String>();
        try (var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            lines.lines().forEach(line -> keys.opened(line, places).ifPresent(opened::add));
        }
        opened.forEach(System.out::println);
    }

    private Optional<String> opened(String line, List<String> places) {
        var wrapped = Base64.getDecoder().decode(line.substring(line.lastIndexOf(':') + 1));
        for (var place : places) {
            var words = place.split("/", -1);
            for (int version = 1; version <= VERSIONS; version++) {
                var context = String.join("\n", words[0], words[1], words[2], String.valueOf(version), "");
                var key = opened(wrapped, context.getBytes(StandardCharsets.US_ASCII));
                if (key.isPresent()) {
                    return Optional.of(words[0] + "/" + words[2] + "/" + version + " "
                            + HexFormat.of().formatHex(key.get()));
                }
            }
        }
        return Optional.empty();
    }

    private Optional<byte[]> opened(byte[] wrapped, byte[] context) {
        for (var master : masters) {
            try {
                var cipher = Cipher.getInstance("AES/GCM/NoPadding");
                var nonce = new GCMParameterSpec(TAG_BITS, Arrays.copyOf(wrapped, NONCE_SIZE));
                cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(master, "AES"), nonce);
                cipher.updateAAD(context);
                return Optional.of(cipher.doFinal(wrapped, NONCE_SIZE, wrapped.length - NONCE_SIZE));
            } catch (GeneralSecurityException e) {
                continue; // under another master key, or of another place
            }
        }
        return Optional.empty();
    }
}
