package dev.mvm.coordinator;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.EarlierAuthority;
import dev.mvm.crypto.sign.PlainKey;
import dev.mvm.crypto.sign.SoftToken;
import dev.mvm.linux.secret.ProcessMemory;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A coordinator in a JVM of its own starts and issues certificates. Then all of its memory is searched from outside
/// for the authority's key.
final class AuthorityKeyMemoryTest {
    private static final int ISSUED = 8;
    private static final int DIGITS = 22; // of Base64, which lie between two line feeds

    @TempDir
    private Path folder;

    /// Starts a coordinator, issues by it and beside it, and waits.
    static final class Issuing {
        public static void main(String[] args) throws Exception {
            var fleet = TestFleet.start(Path.of(args[0]));
            for (int i = 0; i < ISSUED; i++) {
                var credential = fleet.credential(CertificateRole.NODE, "edge-" + i, Duration.ofDays(1), Instant.now());
                Renewals.renew(fleet.connect(credential));
            }
            // the search itself is tried out
            var kept = HexFormat.of().parseHex(args[1]);
            try {
                System.out.print("\ndone\n");
                System.out.flush();
                var _ = System.in.read();
            } finally {
                Reference.reachabilityFence(kept);
            }
            System.exit(0);
        }
    }

    private static byte[] seed(String text) {
        var body = text.lines().filter(line -> !line.startsWith("-")).collect(Collectors.joining());
        var document = Base64.getDecoder().decode(body);
        return Arrays.copyOfRange(document, document.length - 32, document.length);
    }

    /// Returns what is found in the memory of a coordinator that has issued certificates.
    private Map<String, String> after(String keyFile, Optional<SoftToken> token, byte[] keeping) throws Exception {
        var seed = seed(keyFile);
        var canaries = new LinkedHashMap<String, byte[]>();
        canaries.put("key", seed);
        canaries.put(
                "what is derived from it",
                Arrays.copyOfRange(MessageDigest.getInstance("SHA-512").digest(seed), 1, 31));
        canaries.put("its text", text(keyFile));
        var builder = new ProcessBuilder(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "--enable-native-access=ALL-UNNAMED",
                Issuing.class.getName(),
                folder.toString(),
                HexFormat.of().formatHex(keeping)));
        token.ifPresent(soft -> builder.environment().put("SOFTHSM2_CONF", soft.configuration()));
        var process = builder.redirectErrorStream(true).start();
        try (var input = process.inputReader()) {
            var line = input.readLine();
            var all = new StringBuilder();
            while (line != null && !line.equals("done")) {
                all.append(line).append('\n');
                line = input.readLine();
            }
            assertThat(line).as(all.toString()).isEqualTo("done");
            return ProcessMemory.find(process.pid(), canaries);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /// Returns the end of the key as its file has it.
    private static byte[] text(String keyFile) {
        var body = keyFile.lines().filter(line -> !line.startsWith("-")).collect(Collectors.joining());
        return body.substring(body.length() - DIGITS).getBytes(US_ASCII);
    }

    private String made() throws Exception {
        var content = PlainKey.make();
        var file = folder.resolve("made.key");
        Files.write(file, content);
        return new String(content, US_ASCII);
    }

    private SoftToken token() throws Exception {
        assumeTrue(Files.exists(SoftToken.MODULE), "SoftHSM is not installed: apt-get install softhsm2 opensc");
        return SoftToken.in(Files.createDirectories(folder.resolve("hsm"))).token("fleet");
    }

    @Test
    @Tag("claim-K7")
    void keyInAToken_isNowhereInTheCoordinator() throws Exception {
        var key = made();
        var token = token().imported("fleet", "ca", "01", folder.resolve("made.key"));
        EarlierAuthority.create(folder.resolve("state"), token.reference("token=fleet;object=ca"));
        assertThat(after(key, Optional.of(token), new byte[32])).isEmpty();
    }

    @Test
    void keyOnTheHeap_isFound() throws Exception {
        var key = made();
        var token = token().imported("fleet", "ca", "01", folder.resolve("made.key"));
        EarlierAuthority.create(folder.resolve("state"), token.reference("token=fleet;object=ca"));
        assertThat(after(key, Optional.of(token), seed(key))).containsOnlyKeys("key");
    }

    @Test
    @Tag("claim-K7")
    void keyInAFile_isInSecretMemoryOnly() throws Exception {
        try (var memory = SecretMemory.allocate(1)) {
            assumeTrue(memory.means().equals("memfd_secret"), "this kernel has no memfd_secret(2)");
        }
        var state = folder.resolve("state");
        assertThat(new CommandLine((_, _, _, _) -> new FakeDocuments().documents(), System.out, System.err)
                        .run(List.of("init", "--dir", state.toString())))
                .isZero();
        try (var files = Files.newDirectoryStream(state.resolve("fleet"), "authority-*.key")) {
            assertThat(after(Files.readString(files.iterator().next()), Optional.empty(), new byte[32]))
                    .isEmpty();
        }
    }
}
