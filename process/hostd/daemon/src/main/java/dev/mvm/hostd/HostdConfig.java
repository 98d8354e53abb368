package dev.mvm.hostd;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.model.Digest;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.model.InterfaceName;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import java.io.Serial;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The configuration of hostd, one root-owned file of `key = value` lines. `#` begins a comment line. A key
/// that is unknown, given twice or missing is an error: there are no defaults that somebody could rely on
/// without knowing.
///
/// @param node this node's name
/// @param mode that the node was installed in
/// @param stateDirectory root's own: trust, registry, artefacts
/// @param spool where the agent offers artefacts
/// @param trustRoot the trust root that the node was installed with
/// @param trustPin the digest it must have
/// @param sockets directory of the sockets at which the service manager starts processes for hostd
/// @param agentUid the only user that is served
/// @param agentCgroup the cgroup that the agent's service is; only in hardened mode
/// @param firecracker the version that is installed; only in hardened mode
/// @param filter the version whose VMMs can run under the filter that is installed; empty if none can
/// @param uplink the interface by which guests whose pool has `egress` leave the node; without it they do not
record HostdConfig(
        NodeId node,
        NodeMode mode,
        Path stateDirectory,
        Path spool,
        Path trustRoot,
        Digest trustPin,
        Path sockets,
        int agentUid,
        Optional<String> agentCgroup,
        Optional<FirecrackerVersion> firecracker,
        Optional<FirecrackerVersion> filter,
        Optional<InterfaceName> uplink) {
    private static final Set<String> KEYS = Set.of(("node mode state-directory artefact-spool trust-root trust-pin"
                    + " service-sockets agent-uid agent-cgroup firecracker seccomp-filter uplink")
            .split(" "));

    /// The configuration cannot be used, or not on this host. The message is one line, or one for each thing.
    static final class ConfigException extends Exception {
        @Serial
        private static final long serialVersionUID = 1L;

        ConfigException(String message) {
            super(message);
        }
    }

    /// Returns the address at which one of the services is connected to.
    UnixAddress socket(String service) {
        return UnixAddress.at(sockets.resolve(service + ".sock"));
    }

    static HostdConfig parse(byte[] text, String file) throws ConfigException {
        var values = values(new String(text, UTF_8), file);
        try {
            var mode = mode(take(values, "mode", file), file);
            boolean hardened = mode == NodeMode.HARDENED;
            var config = new HostdConfig(
                    new NodeId(take(values, "node", file)),
                    mode,
                    absolute(take(values, "state-directory", file)),
                    absolute(take(values, "artefact-spool", file)),
                    absolute(take(values, "trust-root", file)),
                    new Digest(take(values, "trust-pin", file)),
                    absolute(take(values, "service-sockets", file)),
                    uid(take(values, "agent-uid", file)),
                    hardened ? Optional.of(take(values, "agent-cgroup", file)) : Optional.empty(),
                    hardened
                            ? Optional.of(FirecrackerVersion.parse(take(values, "firecracker", file)))
                            : Optional.empty(),
                    Optional.ofNullable(values.remove("seccomp-filter")).map(FirecrackerVersion::parse),
                    Optional.ofNullable(values.remove("uplink")).map(InterfaceName::new));
            if (!values.isEmpty()) {
                throw new ConfigException(
                        file + ": '" + values.keySet().iterator().next() + "' is for hardened mode");
            }
            return config;
        } catch (IllegalArgumentException e) {
            throw new ConfigException(file + ": " + e.getMessage());
        }
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
                throw new ConfigException(file + ":" + number + ": unknown key '" + key + "'; known are "
                        + String.join(", ", new TreeSet<>(KEYS)));
            }
            if (value.isEmpty() || values.putIfAbsent(key, value) != null) {
                throw new ConfigException(file + ":" + number + ": '" + key + "' "
                        + (value.isEmpty() ? "has no value" : "is given twice"));
            }
        }
        return values;
    }

    private static String take(Map<String, String> values, String key, String file) throws ConfigException {
        var value = values.remove(key);
        if (value == null) {
            throw new ConfigException(file + ": '" + key + "' is missing");
        }
        return value;
    }

    boolean hardened() {
        return mode == NodeMode.HARDENED;
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

    private static int uid(String text) {
        if (!text.matches("0|[1-9][0-9]{0,8}")) {
            throw new IllegalArgumentException("not a user id: " + text);
        }
        return Integer.parseInt(text);
    }
}
