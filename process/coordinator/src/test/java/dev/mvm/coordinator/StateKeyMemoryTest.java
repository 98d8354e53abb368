package dev.mvm.coordinator;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.coordinator.trust.Documents;
import dev.mvm.coordinator.trust.SignedDocuments;
import dev.mvm.crypto.sign.KeyFile;
import dev.mvm.crypto.sign.PassphraseSource;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.linux.secret.ProcessMemory;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A JVM of its own opens the trust root and the coordinator's key, and signs. Then all of its memory is searched from
/// outside for that key.
final class StateKeyMemoryTest {
    private static final int SIGNED = 8;
    private static final int SEED = 32;
    private static final int DIGITS = 22; // of Base64, which lie between two line feeds

    @TempDir
    private Path folder;

    private Digest pin = Digest.of(new byte[0]);

    /// Signs as the coordinator does, and waits.
    static final class Signing {
        public static void main(String[] args) throws Exception {
            var documents = opened(Path.of(args[0]), new Digest(args[1]));
            var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
            for (int size = 1; size <= SIGNED; size++) {
                var _ = documents.states().signHead(size, new Digest(args[1]), now);
            }
            // the search itself is tried out
            var kept = HexFormat.of().parseHex(args[2]);
            try {
                System.out.print("\ndone\n");
                System.out.flush();
                var _ = System.in.read();
            } finally {
                Reference.reachabilityFence(kept);
                Reference.reachabilityFence(documents);
            }
        }

        private static Documents opened(Path folder, Digest pin) throws Exception {
            return SignedDocuments.open(
                    folder.resolve("root.dsse"),
                    pin,
                    folder.resolve("state.key").toString(),
                    PassphraseSource.none("it has to be a plain key"));
        }
    }

    private static TrustRoot.Keys one(SigningKey key) {
        return new TrustRoot.Keys(1, List.of(key.verifyKey()));
    }

    @BeforeEach
    void ceremony() throws Exception {
        try (var memory = SecretMemory.allocate(1)) {
            assumeTrue(memory.means().equals("memfd_secret"), "this kernel has no memfd_secret(2)");
        }
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        try (var root = KeyFile.create(folder.resolve("root.key"));
                var state = KeyFile.create(folder.resolve("state.key"))) {
            var roles = Map.of(Role.ROOT, one(root), Role.GRANT, one(root), Role.STATE, one(state));
            var payload = Payloads.of(Ceremony.root(1, now.minusSeconds(60), now.plusSeconds(100_000), roles));
            pin = Digest.of(payload);
            var plain = Envelopes.unsigned(DocumentType.ROOT, payload);
            var signature = new Envelope.Signature(root.verifyKey().id(), Bytes.of(root.sign(plain.signedBytes())));
            Files.write(folder.resolve("root.dsse"), Envelopes.bytes(Envelopes.signed(plain, signature)));
        }
    }

    private String body() throws Exception {
        return Files.readString(folder.resolve("state.key"))
                .lines()
                .filter(line -> !line.startsWith("-"))
                .collect(Collectors.joining());
    }

    private byte[] seed() throws Exception {
        var document = Base64.getDecoder().decode(body());
        return Arrays.copyOfRange(document, document.length - SEED, document.length);
    }

    /// Returns what is found in the memory of a process that has signed.
    private Map<String, String> after(byte[] keeping) throws Exception {
        var canaries = new LinkedHashMap<String, byte[]>();
        canaries.put("key", seed());
        canaries.put(
                "what is derived from it",
                Arrays.copyOfRange(MessageDigest.getInstance("SHA-512").digest(seed()), 1, 31));
        canaries.put("its text", body().substring(body().length() - DIGITS).getBytes(US_ASCII));
        var process = new ProcessBuilder(List.of(
                        System.getProperty("java.home") + "/bin/java",
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "--enable-native-access=ALL-UNNAMED",
                        Signing.class.getName(),
                        folder.toString(),
                        pin.toString(),
                        HexFormat.of().formatHex(keeping)))
                .redirectErrorStream(true)
                .start();
        try (var input = process.inputReader()) {
            var all = new StringBuilder();
            var line = input.readLine();
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

    @Test
    @Tag("claim-K7")
    void stateKeyInAFile_isInSecretMemoryOnly() throws Exception {
        assertThat(after(new byte[SEED])).isEmpty();
    }

    @Test
    void stateKeyOnTheHeap_isFound() throws Exception {
        assertThat(after(seed())).containsOnlyKeys("key");
    }
}
