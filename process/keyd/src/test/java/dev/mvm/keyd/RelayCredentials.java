package dev.mvm.keyd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Certificates of a relay, made by openssl as `docs/operations/keyd.md` says.
///
/// @param cert of one end
/// @param key of that end
/// @param authority whose certificates that end believes
record RelayCredentials(Path cert, Path key, Path authority) {
    static final String CALLS = "clientAuth";
    static final String SERVES = "serverAuth";

    /// An authority of its own, of the same name as every other.
    record Authority(Path cert, Path key) {
        static Authority make(Path folder, String file) throws Exception {
            var made = new Authority(folder.resolve(file + ".pem"), folder.resolve(file + ".key"));
            openssl(
                    List.of("req", "-x509", "-newkey", "ed25519", "-noenc", "-days", "30"),
                    "-subj",
                    "/CN=mvm key service relay",
                    "-addext",
                    "keyUsage=critical,keyCertSign",
                    "-keyout",
                    made.key.toString(),
                    "-out",
                    made.cert.toString());
            return made;
        }

        /// Makes a certificate for the end of this name, which believes this authority.
        RelayCredentials issue(Path folder, String name, String use) throws Exception {
            var file = Files.createTempDirectory(folder, "issued").resolve("end");
            var made = new RelayCredentials(Path.of(file + ".pem"), Path.of(file + ".key"), cert);
            openssl(
                    List.of("req", "-new", "-newkey", "ed25519", "-noenc", "-subj", "/CN=" + name),
                    "-keyout",
                    made.key.toString(),
                    "-out",
                    file + ".csr");
            var extensions = Files.writeString(
                    Path.of(file + ".ext"), "subjectAltName=DNS:" + name + "\nextendedKeyUsage=" + use + "\n");
            openssl(
                    List.of("x509", "-req", "-days", "30", "-in", file + ".csr"),
                    "-CA",
                    cert.toString(),
                    "-CAkey",
                    key.toString(),
                    "-extfile",
                    extensions.toString(),
                    "-out",
                    made.cert.toString());
            return made;
        }
    }

    private static void openssl(List<String> first, String... more) throws Exception {
        var command = new ArrayList<>(List.of("openssl"));
        command.addAll(first);
        command.addAll(List.of(more));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(command + ": " + said).isZero();
    }
}
