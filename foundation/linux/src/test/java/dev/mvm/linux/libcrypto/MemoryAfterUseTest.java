package dev.mvm.linux.libcrypto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.call.ChildJvm;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.libcrypto.ReferenceHpke.Aead;
import dev.mvm.linux.secret.ProcessMemory;
import dev.mvm.linux.secret.SecretMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A JVM that uses keys as the root daemon does. Once its operations have returned, all of its memory is searched from
/// outside for each key, for what it opened and for what it derived.
final class MemoryAfterUseTest {
    private static final byte[] NOTHING = {};
    private static final String INFO = "a purpose";

    @TempDir
    private Path folder;

    private final Map<String, byte[]> canaries = new LinkedHashMap<>();
    private String enc;
    private String sealed;

    /// Opens, derives, seals and opens again, closes all keys, and waits.
    static final class Using {
        public static void main(String[] args) throws Exception {
            var libcrypto = new Libcrypto();
            var hex = HexFormat.of();
            var kept = NOTHING;
            try (var file = Fd.open(Path.of(args[0]));
                    var key = SecretMemory.allocate(Hpke.KEY_SIZE);
                    var opened = SecretMemory.allocate(32);
                    var again = SecretMemory.allocate(32)) {
                check(file.read(key.bytes()) == Hpke.KEY_SIZE);
                check(new Hpke(libcrypto)
                        .open(key, hex.parseHex(args[1]), 0, hex.parseHex(args[2]), NOTHING, NOTHING, opened));
                try (var derived = new Hkdf(libcrypto).derive(opened.bytes(), INFO)) {
                    var aes = new AesGcm(libcrypto);
                    var box = aes.seal(derived, NOTHING, opened.bytes());
                    check(aes.open(derived, NOTHING, box, again.bytes()));
                    // the search itself is tried out
                    kept = args[3].equals("heap") ? derived.bytes().toArray(JAVA_BYTE) : NOTHING;
                    if (args[3].equals("native")) {
                        Arena.global().allocate(32).copyFrom(key.bytes());
                    }
                }
            }
            try {
                System.out.print("done\n");
                System.out.flush();
                check(System.in.read() < 0);
            } finally {
                Reference.reachabilityFence(kept);
            }
        }

        private static void check(boolean good) {
            if (!good) {
                throw new AssertionError();
            }
        }
    }

    private static byte[] random() {
        var out = new byte[32];
        new SecureRandom().nextBytes(out);
        return out;
    }

    /// HKDF-Expand of one block; RFC 5869 section 2.3.
    private static byte[] expand(byte[] key) throws Exception {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update(INFO.getBytes(UTF_8));
        mac.update((byte) 1);
        return mac.doFinal();
    }

    @BeforeEach
    void seal() throws Exception {
        canaries.put("node key", random());
        canaries.put("opened", random());
        canaries.put("derived", expand(canaries.get("opened")));
        Files.write(folder.resolve("node"), canaries.get("node key"));
        var sender = ReferenceHpke.sender(
                Aead.AES_256_GCM, random(), ReferenceHpke.publicKey(canaries.get("node key")), NOTHING);
        enc = HexFormat.of().formatHex(sender.enc());
        sealed = HexFormat.of().formatHex(sender.seal(NOTHING, canaries.get("opened")));
    }

    /// Returns what is found in the memory of a JVM that is done.
    private Map<String, String> after(String keeping) throws IOException, InterruptedException {
        var classPath = ChildJvm.location(Libcrypto.class) + ":" + ChildJvm.location(ChildJvm.class);
        var process = new ProcessBuilder(List.of(
                        System.getProperty("java.home") + "/bin/java",
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classPath,
                        "--enable-native-access=ALL-UNNAMED",
                        Using.class.getName(),
                        folder.resolve("node").toString(),
                        enc,
                        sealed,
                        keeping))
                .redirectErrorStream(true)
                .start();
        try (var input = process.inputReader()) {
            assertThat(input.readLine()).isEqualTo("done");
            return ProcessMemory.find(process.pid(), canaries);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    @Tag("claim-K3")
    void noKey_isLeftInTheProcess() throws Exception {
        assertThat(after("nothing")).isEmpty();
    }

    @Test
    void copyOnTheHeap_isFound() throws Exception {
        assertThat(after("heap")).containsOnlyKeys("derived");
    }

    @Test
    void copyInNativeMemory_isFound() throws Exception {
        assertThat(after("native")).containsOnlyKeys("node key");
    }
}
