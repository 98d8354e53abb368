package dev.mvm.keyd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// One end of the relay: stunnel with the configuration that is packaged, started with its socket as systemd does. Of
/// the configuration paths and the address of the other end are replaced, and what a test weakens.
final class RelayEnd implements AutoCloseable {
    static final Path STUNNEL = Path.of("/usr/bin/stunnel4");

    private static final String ACTIVATE = "/usr/bin/systemd-socket-activate";
    private static final Path PACKAGING = Path.of("../../packaging/debian");

    private final Process process;

    private RelayEnd(Path config, String listen) throws Exception {
        process = new ProcessBuilder(List.of(ACTIVATE, "--listen=" + listen, STUNNEL.toString(), config.toString()))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.errorReader().readLine()).startsWith("Listening on " + listen);
    }

    /// Starts the key service's end, for callers at a port of the loopback.
    static RelayEnd serving(Path keyd, int port, RelayCredentials own, UnaryOperator<String> weakened)
            throws Exception {
        var text = packaged("keyd", "mvm-keyd-relay", own, Map.of("/run/mvm/keyd/keyd.sock", keyd.toString()));
        var config = Files.createTempFile(keyd.getParent(), "serving", ".conf");
        return new RelayEnd(Files.writeString(config, weakened.apply(text)), "127.0.0.1:" + port);
    }

    /// Starts the coordinator's end, for callers at a Unix socket.
    static RelayEnd calling(Path socket, int port, RelayCredentials own, UnaryOperator<String> weakened)
            throws Exception {
        var text = packaged(
                "coordinator", "mvm-coordinator-relay", own, Map.of("keys.example.org:7445", "127.0.0.1:" + port));
        var config = Files.createTempFile(socket.getParent(), "calling", ".conf");
        Files.deleteIfExists(socket);
        return new RelayEnd(Files.writeString(config, weakened.apply(text)), socket.toString());
    }

    private static String packaged(String folder, String unit, RelayCredentials own, Map<String, String> other)
            throws Exception {
        var text = Files.readString(PACKAGING.resolve(folder).resolve("relay.conf"));
        var credential = "/run/credentials/" + unit + ".service/" + unit + ".";
        text = replaced(text, credential + "cert", own.cert().toString());
        text = replaced(text, credential + "key", own.key().toString());
        text = replaced(text, credential + "authority", own.authority().toString());
        for (var each : other.entrySet()) {
            text = replaced(text, each.getKey(), each.getValue());
        }
        return text;
    }

    /// Replaces what has to be there.
    static String replaced(String text, String from, String to) {
        assertThat(text).contains(from);
        return text.replace(from, to);
    }

    /// Kills it: what it had to say stays unsaid.
    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
