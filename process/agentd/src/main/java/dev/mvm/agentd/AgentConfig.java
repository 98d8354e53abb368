package dev.mvm.agentd;

import dev.mvm.agentd.audit.Retention;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.tomlj.Toml;
import org.tomlj.TomlTable;

/// The agent's configuration file. An unknown key is an error, and so is a missing one.
///
/// @param node this node's name, as in its certificate
/// @param mode that the node was installed in; the file belongs to root, so the agent cannot choose
/// @param stateDirectory directory of the agent's own files
/// @param hostdSocket path of hostd's socket
/// @param trustRoot file of the trust root that the node was installed with
/// @param trustPin digest that the trust root must have
/// @param coordinator address of the coordinator's port for agents
/// @param credential directory with `key.pem`, `cert.pem` and `ca.pem`
/// @param metricsListen loopback address on which metrics are served; no metrics if empty
/// @param reconcile settings of the reconciler
/// @param retention of each tenant's audit
record AgentConfig(
        NodeId node,
        NodeMode mode,
        Path stateDirectory,
        Path hostdSocket,
        Path trustRoot,
        Digest trustPin,
        InetSocketAddress coordinator,
        Path credential,
        Optional<InetSocketAddress> metricsListen,
        ReconcileSettings reconcile,
        Retention retention) {
    private static final Set<String> KEYS = Set.of(
            "node",
            "mode",
            "state-directory",
            "hostd-socket",
            "trust-root",
            "trust-pin",
            "coordinator",
            "credential",
            "metrics-listen",
            "parallel",
            "rest",
            "prune",
            "audit-keep-days",
            "audit-keep-mib");

    private static final int MAX_PORT = 65_535;

    /// Literal addresses of the loopback: a name could be resolved to another address.
    private static final Pattern LOOPBACK =
            Pattern.compile("(127(?:\\.(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})){3}|\\[::1]):([1-9][0-9]{0,4})");

    /// The configuration cannot be used. The message is one line.
    static final class ConfigException extends Exception {
        private static final long serialVersionUID = 1L;

        ConfigException(String message) {
            super(message);
        }
    }

    static AgentConfig read(Path file) throws ConfigException {
        try {
            var parsed = Toml.parse(Files.readString(file));
            if (parsed.hasErrors()) {
                var first = parsed.errors().getFirst();
                throw new ConfigException(file + ": " + first.getMessage() + " (" + first.position() + ")");
            }
            checkKeys(parsed, file);
            return new AgentConfig(
                    new NodeId(text(parsed, "node", file)),
                    mode(parsed, file),
                    Path.of(text(parsed, "state-directory", file)),
                    Path.of(text(parsed, "hostd-socket", file)),
                    Path.of(text(parsed, "trust-root", file)),
                    new Digest(text(parsed, "trust-pin", file)),
                    address(text(parsed, "coordinator", file), file),
                    Path.of(text(parsed, "credential", file)),
                    parsed.contains("metrics-listen")
                            ? Optional.of(loopback(text(parsed, "metrics-listen", file)))
                            : Optional.empty(),
                    ReconcileSettings.read(parsed),
                    Retention.of(
                            number(parsed, "audit-keep-days", Retention.DAYS, file),
                            number(parsed, "audit-keep-mib", Retention.MIB, file)));
        } catch (NoSuchFileException e) {
            throw new ConfigException("no such file: " + file);
        } catch (IOException e) {
            throw new ConfigException("cannot be read: " + file);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(file + ": " + e.getMessage());
        }
    }

    private static void checkKeys(TomlTable table, Path file) throws ConfigException {
        for (var key : table.keySet()) {
            if (!KEYS.contains(key)) {
                throw new ConfigException(file + ": unknown key '" + key + "' (" + table.inputPositionOf(key)
                        + "); known are " + String.join(", ", new TreeSet<>(KEYS)));
            }
        }
    }

    private static String text(TomlTable table, String key, Path file) throws ConfigException {
        if (!table.isString(key)) {
            throw new ConfigException(file + ": key '" + key + "' is missing or not a string");
        }
        return String.valueOf(table.getString(key));
    }

    private static long number(TomlTable table, String key, long otherwise, Path file) throws ConfigException {
        if (!table.contains(key)) {
            return otherwise;
        }
        if (!table.isLong(key)) {
            throw new ConfigException(file + ": key '" + key + "' is not a whole number");
        }
        return Optional.ofNullable(table.getLong(key)).orElse(otherwise);
    }

    boolean hardened() {
        return mode == NodeMode.HARDENED;
    }

    private static NodeMode mode(TomlTable table, Path file) throws ConfigException {
        return NodeMode.of(text(table, "mode", file))
                .orElseThrow(() -> new ConfigException(file + ": mode is 'dev' or 'hardened'"));
    }

    private static InetSocketAddress loopback(String text) {
        var parts = LOOPBACK.matcher(text);
        if (parts.matches() && Integer.parseInt(parts.group(2)) <= MAX_PORT) {
            var address = new InetSocketAddress(
                    InetAddress.ofLiteral(parts.group(1).replaceAll("[\\[\\]]", "")), Integer.parseInt(parts.group(2)));
            if (address.getAddress().isLoopbackAddress()) {
                return address;
            }
        }
        throw new IllegalArgumentException("metrics-listen is a loopback address and a port, such as 127.0.0.1:9464");
    }

    private static InetSocketAddress address(String text, Path file) throws ConfigException {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || !text.substring(colon + 1).matches("[1-9][0-9]{0,4}")) {
            throw new ConfigException(file + ": coordinator is HOST:PORT");
        }
        return InetSocketAddress.createUnresolved(
                text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }
}
