package dev.mvm.coordinator;

import dev.mvm.model.Digest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.tomlj.Toml;
import org.tomlj.TomlTable;

/// Reads a configuration from a TOML file. An unknown key is an error, and every error names its line.
final class SettingsFile {
    private static final int MAX_BYTES = 64 * 1024;

    private SettingsFile() {}

    /// Reads and checks a file.
    ///
    /// @throws SettingsException if it is missing, not TOML, or not a configuration
    static CoordinatorConfig read(Path file) throws SettingsException {
        try {
            if (!Files.isRegularFile(file)) {
                throw new SettingsException("no such file: " + file);
            }
            if (Files.size(file) > MAX_BYTES) {
                throw new SettingsException(file + " is too large");
            }
            return parse(Files.readString(file), file.toString());
        } catch (IOException e) {
            throw new SettingsException(file + " cannot be read: " + e.getMessage());
        }
    }

    /// Reads settings.
    ///
    /// @param place name of the text in errors
    static CoordinatorConfig parse(String text, String place) throws SettingsException {
        var parsed = Toml.parse(text);
        if (parsed.hasErrors()) {
            var first = parsed.errors().getFirst();
            var message = String.valueOf(first.getMessage()).lines().findFirst().orElse("not TOML");
            throw new SettingsException(place + ":" + first.position().line() + ":"
                    + first.position().column() + ": " + message);
        }
        var top = new Section(parsed, place, "");
        var settings = settings(top);
        top.end();
        settings.check();
        return settings;
    }

    private static CoordinatorConfig settings(Section top) throws SettingsException {
        return new CoordinatorConfig(
                mode(top),
                top.path("state-dir"),
                top.optionalPath("ready-file"),
                agent(top.section("agent")),
                operator(top),
                top.has("metrics-listen") ? Optional.of(top.address("metrics-listen")) : Optional.empty(),
                Duration.ofSeconds(top.integer("state-lifetime-seconds", 60, 604_800, 86_400)),
                trust(top.section("trust")),
                keyd(top));
    }

    private static CoordinatorConfig.Mode mode(Section top) throws SettingsException {
        return switch (top.string("mode")) {
            case "dev" -> CoordinatorConfig.Mode.DEV;
            case "hardened" -> CoordinatorConfig.Mode.HARDENED;
            default -> throw top.wrong("mode", "expected \"dev\" or \"hardened\"");
        };
    }

    private static CoordinatorConfig.Agent agent(Section section) throws SettingsException {
        var agent = new CoordinatorConfig.Agent(
                section.address("listen"),
                (int) section.integer("connections", 1, 10_000, 100),
                Duration.ofHours(section.integer("credential-lifetime-hours", 1, 8_760, 720)),
                section.has("enrolment-listen") ? Optional.of(section.address("enrolment-listen")) : Optional.empty());
        section.end();
        return agent;
    }

    private static Optional<CoordinatorConfig.Operator> operator(Section top) throws SettingsException {
        if (!top.has("operator")) {
            return Optional.empty();
        }
        var section = top.section("operator");
        var operator = new CoordinatorConfig.Operator(section.address("listen"), section.optionalPath("token-file"));
        section.end();
        return Optional.of(operator);
    }

    private static CoordinatorConfig.Trust trust(Section section) throws SettingsException {
        var trust = new CoordinatorConfig.Trust(
                section.path("root"),
                section.digest("pin"),
                section.keyReference("state-key"),
                section.optionalPath("state-key-passphrase-file"));
        section.end();
        return trust;
    }

    private static CoordinatorConfig.KeyService keyd(Section top) throws SettingsException {
        if (top.has("keys")) {
            throw top.wrong("keys", "no setting any longer, the key service has tenants' keys: remove the section");
        }
        if (!top.has("keyd")) {
            throw top.lacking(
                    "keyd",
                    "without a key service no node gets a tenant's key: mvm-keyd prepare makes one,"
                            + " and [keyd] socket = \"/run/mvm/keyd/keyd.sock\" names it");
        }
        var section = top.section("keyd");
        var keyd = new CoordinatorConfig.KeyService(
                section.path("socket"), Duration.ofMinutes(section.integer("period-minutes", 10, 1_440, 1_440)));
        section.end();
        return keyd;
    }

    /// The keys of one table, taken one by one.
    private static final class Section {
        private final TomlTable table;
        private final String place;
        private final String prefix;
        private final Set<String> left;

        private Section(TomlTable table, String place, String prefix) {
            this.table = table;
            this.place = place;
            this.prefix = prefix;
            this.left = new TreeSet<>(table.keySet());
        }

        private boolean has(String key) {
            return table.contains(List.of(key));
        }

        private Object required(String key) throws SettingsException {
            left.remove(key);
            var value = table.get(List.of(key));
            if (value == null) {
                throw new SettingsException(place + ": " + prefix + key + " is missing");
            }
            return value;
        }

        private SettingsException lacking(String key, String remedy) {
            return new SettingsException(place + ": " + prefix + key + " is missing: " + remedy);
        }

        private SettingsException wrong(String key, String problem) {
            var position = table.inputPositionOf(List.of(key));
            var where = position == null ? place : place + ":" + position.line() + ":" + position.column();
            return new SettingsException(where + ": " + prefix + key + ": " + problem);
        }

        private String string(String key) throws SettingsException {
            if (required(key) instanceof String text && !text.isEmpty()) {
                return text;
            }
            throw wrong(key, "expected a text in quotes");
        }

        private long integer(String key, long least, long most, long otherwise) throws SettingsException {
            if (!has(key)) {
                return otherwise;
            }
            if (required(key) instanceof Long value && value >= least && value <= most) {
                return value;
            }
            throw wrong(key, "expected a number from " + least + " to " + most);
        }

        private Path path(String key) throws SettingsException {
            var path = Path.of(string(key));
            if (!path.isAbsolute()) {
                throw wrong(key, "expected an absolute path");
            }
            return path;
        }

        /// A signing key: its file, or a `pkcs11:` or `transit:` reference, which is read when the key is opened.
        private String keyReference(String key) throws SettingsException {
            var text = string(key);
            return text.startsWith("pkcs11:") || text.startsWith("transit:")
                    ? text
                    : path(key).toString();
        }

        private Optional<Path> optionalPath(String key) throws SettingsException {
            return has(key) ? Optional.of(path(key)) : Optional.empty();
        }

        /// An IP address and a port; a name would have to be looked up.
        private InetSocketAddress address(String key) throws SettingsException {
            var text = string(key);
            int colon = text.lastIndexOf(':');
            var host = colon < 0 ? "" : text.substring(0, colon);
            boolean numeric = host.matches("[0-9.]+|\\[[0-9a-fA-F:.]+]");
            if (numeric && text.substring(colon + 1).matches("[0-9]{1,5}")) {
                int port = Integer.parseInt(text.substring(colon + 1));
                var address = port > 65_535 ? null : new InetSocketAddress(host.replaceAll("[\\[\\]]", ""), port);
                if (address != null && !address.isUnresolved()) {
                    return address;
                }
            }
            throw wrong(key, "expected an IP address and a port, such as \"127.0.0.1:4433\"");
        }

        private Digest digest(String key) throws SettingsException {
            try {
                return new Digest(string(key));
            } catch (IllegalArgumentException e) {
                throw wrong(key, "expected the digest of the trust root: sha256: and 64 hexadecimal digits");
            }
        }

        private Section section(String key) throws SettingsException {
            if (required(key) instanceof TomlTable inner) {
                return new Section(inner, place, prefix + key + ".");
            }
            throw wrong(key, "expected a section");
        }

        private void end() throws SettingsException {
            if (!left.isEmpty()) {
                var key = left.iterator().next();
                throw wrong(key, "unknown key");
            }
        }
    }
}
