package dev.mvm.keyd;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.model.NodeMode;
import java.io.IOException;
import java.io.Serial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The configuration of mvm-keyd, one file of `key = value` lines, as hostd's. `#` begins a comment line. A key that is
/// unknown, given twice or missing is an error.
///
/// @param mode hardened keeps its master key out of its own state directory, unless `allow-file-master` says otherwise
/// @param stateDirectory keyd's own: documents, keys, releases, audit
/// @param runtimeDirectory where metrics are written, and where sockets are bound if no service manager passes them
/// @param coordinatorUid the only user that may ask for keys
/// @param signingKey reference to the key of role `keys`
/// @param master reference to the master key
/// @param allowFileMaster whether hardened mode takes a master key that lies beside the store
/// @param passphraseFile holds the passphrase of the signing key, or the token's PIN
/// @param limits the numbers of the rules of release
record KeydConfig(
        NodeMode mode,
        Path stateDirectory,
        Path runtimeDirectory,
        int coordinatorUid,
        String signingKey,
        String master,
        boolean allowFileMaster,
        Optional<Path> passphraseFile,
        Limits limits) {
    private static final Set<String> KEYS =
            Set.of(("mode state-directory runtime-directory coordinator-uid signing-key master allow-file-master"
                            + " passphrase-file challenge-seconds blob-hours ration-per-hour ration-burst")
                    .split(" "));
    private static final int MAX_BYTES = 64 * 1024;

    /// Numbers of the rules of release.
    ///
    /// @param challenge how long a challenge may be answered: 30 to 3600 seconds
    /// @param blob how long what was handed out may be opened: 1 to 336 hours
    /// @param perHour new pairs of tenant and node an hour, in the whole fleet: 1 to 4096
    /// @param burst new pairs at once: 1 to 4096
    record Limits(Duration challenge, Duration blob, int perHour, int burst) {}

    /// The configuration cannot be used. The message is one line.
    static final class ConfigException extends Exception {
        @Serial
        private static final long serialVersionUID = 1L;

        ConfigException(String message) {
            super(message);
        }
    }

    boolean hardened() {
        return mode == NodeMode.HARDENED;
    }

    /// Returns whether a key lives behind Vault or OpenBao, which is reached by the network.
    boolean network() {
        return signingKey.startsWith("transit:") || master.startsWith("transit");
    }

    static KeydConfig read(Path file) throws ConfigException, IOException {
        var bytes = Files.readAllBytes(file);
        if (bytes.length > MAX_BYTES) {
            throw new ConfigException(file + ": more than " + MAX_BYTES + " bytes");
        }
        return parse(bytes, file.toString());
    }

    static KeydConfig parse(byte[] text, String file) throws ConfigException {
        var values = values(new String(text, UTF_8), file);
        try {
            return new KeydConfig(
                    mode(take(values, "mode", file), file),
                    absolute(take(values, "state-directory", file)),
                    absolute(take(values, "runtime-directory", file)),
                    Integer.parseInt(number(take(values, "coordinator-uid", file), "coordinator-uid", 0, 999_999_999)),
                    take(values, "signing-key", file),
                    take(values, "master", file),
                    yes(values),
                    Optional.ofNullable(values.get("passphrase-file")).map(KeydConfig::absolute),
                    limits(values));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(file + ": " + e.getMessage());
        }
    }

    private static Limits limits(Map<String, String> values) {
        return new Limits(
                Duration.ofSeconds(number(values, "challenge-seconds", 300, 30, 3600)),
                Duration.ofHours(number(values, "blob-hours", 36, 1, 336)),
                number(values, "ration-per-hour", 32, 1, 4096),
                number(values, "ration-burst", 32, 1, 4096));
    }

    private static boolean yes(Map<String, String> values) {
        var text = values.getOrDefault("allow-file-master", "no");
        if (!text.equals("yes") && !text.equals("no")) {
            throw new IllegalArgumentException("'allow-file-master' is 'yes' or 'no'");
        }
        return text.equals("yes");
    }

    private static int number(Map<String, String> values, String key, int otherwise, int least, int most) {
        var text = values.get(key);
        return text == null ? otherwise : Integer.parseInt(number(text, key, least, most));
    }

    private static String number(String text, String key, int least, int most) {
        if (!text.matches("0|[1-9][0-9]{0,8}") || Integer.parseInt(text) < least || Integer.parseInt(text) > most) {
            throw new IllegalArgumentException("'" + key + "' is a number from " + least + " to " + most);
        }
        return text;
    }

    private static Map<String, String> values(String text, String file) throws ConfigException {
        var values = new LinkedHashMap<String, String>();
        int number = 0;
        for (var line : text.split("\n", -1)) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            int equals = line.indexOf('=');
            var key = equals < 0 ? line.strip() : line.substring(0, equals).strip();
            var value = equals < 0 ? "" : line.substring(equals + 1).strip();
            if (!KEYS.contains(key)) {
                throw new ConfigException(file + ":" + number + ": unknown key '" + key.replaceAll("[^ -~]", "?")
                        + "'; known are " + String.join(", ", new TreeSet<>(KEYS)));
            }
            if (value.isEmpty() || values.putIfAbsent(key, value) != null) {
                throw new ConfigException(file + ":" + number + ": '" + key + "' "
                        + (value.isEmpty() ? "has no value" : "is given twice"));
            }
        }
        return values;
    }

    private static String take(Map<String, String> values, String key, String file) throws ConfigException {
        var value = values.get(key);
        if (value == null) {
            throw new ConfigException(file + ": '" + key + "' is missing");
        }
        return value;
    }

    private static NodeMode mode(String word, String file) throws ConfigException {
        return NodeMode.of(word).orElseThrow(() -> new ConfigException(file + ": mode is 'dev' or 'hardened'"));
    }

    private static Path absolute(String text) {
        var path = Path.of(text);
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("not an absolute path: " + text);
        }
        return path;
    }
}
