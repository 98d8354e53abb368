import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Tries to open the blobs and snapshots that lie on a node's disk, with everything on it that may be a key and with keys that the
/// thief has from elsewhere. With nothing but the JDK, by the documents alone: keyd.md and snapshot.md.
///
/// `NodeDisk DISK NODE [KEYS]` reads every file below DISK of up to 1 MiB; KEYS has a line `NAME HEX` for each key from elsewhere.
/// 32 bytes count as a key as they are, as an Ed25519 key that is used as an X25519 key (RFC 7748), and as a tenant's key from which
/// NODE's is derived. Writes `opened message NAME HEX with KEY` or `opened snapshot INSTANCE with KEY` for what opens, and at the end
/// `tried COUNT keys on COUNT messages and COUNT snapshots`. Status 0, or 1 if something opened.
public final class NodeDisk {
    private static final int KEY_SIZE = 32;
    private static final long LARGEST = 1 << 20;
    private static final int DEEPEST = 3; // Base64 within Base64
    private static final Pattern DIGITS = Pattern.compile("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])");
    private static final Pattern BASE64 = Pattern.compile("(?:[A-Za-z0-9+/]{64}\\n)+[A-Za-z0-9+/]+={0,2}|[A-Za-z0-9+/]{43,}={0,2}");

    private final String node;
    private final Map<String, byte[]> keys = new LinkedHashMap<>();
    private final Set<String> known = new HashSet<>();
    private final List<SealedThing> things = new ArrayList<>();

    private NodeDisk(String node) {
        this.node = node;
    }

    public static void main(String[] arguments) throws IOException, GeneralSecurityException {
        var disk = new NodeDisk(arguments[1]);
        try (var files = Files.walk(Path.of(arguments[0]))) {
            for (var file : files.filter(each -> Files.isRegularFile(each, LinkOption.NOFOLLOW_LINKS)).toList()) {
                if (Files.size(file) <= LARGEST) {
                    disk.read(file);
                }
            }
        }
        if (arguments.length > 2) {
            for (var line : Files.readAllLines(Path.of(arguments[2]))) {
                var words = line.split(" ", -1);
                disk.keys.put(words[0], HexFormat.of().parseHex(words[1]));
            }
        }
        System.exit(disk.open());
    }

    private void read(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        add(file.toString(), bytes);
        look(file.toString(), new String(bytes, StandardCharsets.ISO_8859_1), 0);
    }

    /// Looks for keys and for what is sealed in a text, and in what its Base64 means.
    private void look(String where, String text, int depth) {
        things.addAll(SealedThing.in(text));
        var digits = DIGITS.matcher(text);
        while (digits.find()) {
            add(where, HexFormat.of().parseHex(digits.group()));
        }
        var base64 = BASE64.matcher(text);
        while (depth < DEEPEST && base64.find()) {
            var bytes = decoded(base64.group());
            add(where, bytes);
            look(where, new String(bytes, StandardCharsets.ISO_8859_1), depth + 1);
        }
    }

    private static byte[] decoded(String base64) {
        try {
            return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            return new byte[0]; // it only looked like that
        }
    }

    /// Takes the first and the last 32 bytes: a key by itself, or behind the header that key files have.
    private void add(String where, byte[] bytes) {
        if (bytes.length < KEY_SIZE) {
            return;
        }
        for (int from : new int[] {0, bytes.length - KEY_SIZE}) {
            var key = new byte[KEY_SIZE];
            System.arraycopy(bytes, from, key, 0, KEY_SIZE);
            if (known.add(HexFormat.of().formatHex(key))) {
                keys.put(where + "#" + keys.size(), key);
            }
        }
    }

    private int open() throws GeneralSecurityException {
        boolean any = false;
        for (var entry : keys.entrySet()) {
            var key = entry.getValue();
            for (var form : List.of(key, Sealing.asReceiver(key), Sealing.ofHome(key, node))) {
                for (var thing : things) {
                    for (var opened : thing.open(form)) {
                        System.out.println("opened " + opened + " with " + entry.getKey());
                        any = true;
                    }
                }
            }
        }
        System.out.println("tried " + keys.size() + " keys on " + count(SealedThing.Blob.class) + " messages and "
                + count(SealedThing.Snapshot.class) + " snapshots");
        return any ? 1 : 0;
    }

    private int count(Class<? extends SealedThing> kind) {
        return things.stream().filter(kind::isInstance).mapToInt(SealedThing::count).sum();
    }
}
