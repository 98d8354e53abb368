package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreFixture.DEMO;
import static dev.mvm.keyd.store.StoreFixture.DISK;
import static dev.mvm.keyd.store.StoreFixture.HOME;
import static dev.mvm.keyd.store.StoreFixture.RIVAL;
import static dev.mvm.keyd.store.StoreFixture.disk;
import static dev.mvm.keyd.store.StoreFixture.grant;
import static dev.mvm.keyd.store.StoreFixture.snap;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.crypto.tenantkeys.HpkeSealer;
import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.crypto.tenantkeys.NodePublicKey;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.ProcessMemory;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A JVM with a store makes keys, lends them, seals them to a node, wraps them anew and destroys some. Then all of
/// its memory is searched from outside for every key of tenants, every derived one, and the master key.
final class MemoryTest {
    private static final Pattern VERSION =
            Pattern.compile("\"version\":([0-9]+),.*?\"wrapped\":\"e([0-9]+):([A-Za-z0-9+/]{80})\"");

    @TempDir
    private Path folder;

    private final Map<String, byte[]> canaries = new LinkedHashMap<>();

    /// Uses a store, and waits.
    static final class Using {
        public static void main(String[] args) throws Exception {
            var fixture = new StoreFixture(Path.of(args[0])).made();
            Bytes kept;
            try (var store = fixture.open()) {
                store.apply(grant(DEMO, 1, disk(1), snap(1)));
                store.apply(grant(RIVAL, 1, disk(1)));
                kept = used(store);
                say("filled");
                store.rewrap();
                used(store);
                KeyStores.restore(Path.of(args[0], "restored"), fixture.master(), store.copy(), fixture.clock);
                store.tombstone(DEMO);
                var _ = store.rotate(RIVAL, DISK);
                used(store);
                say("destroyed");
            }
            // the search itself is tried out
            var found = args[1].equals("kept") ? kept.array() : new byte[0];
            kept = Bytes.EMPTY;
            try {
                say("closed");
            } finally {
                Reference.reachabilityFence(found);
            }
        }

        /// Lends and seals everything, and returns what was lent last.
        private static Bytes used(KeyStore store) throws Exception {
            var last = Bytes.EMPTY;
            try (var node = SecretMemory.allocate(Hpke.KEY_SIZE)) {
                var hpke = new Hpke(new Libcrypto());
                hpke.generate(node);
                var receiver = new NodePublicKey(Bytes.of(hpke.publicKey(node)));
                try (var sealing = HpkeSealer.find().begin(receiver, "info".getBytes(US_ASCII))) {
                    for (var key : store.list()) {
                        var place = new KeyPlace(key.tenant(), key.id(), key.purpose(), key.primary());
                        try (var lent = store.lend(place, HOME)) {
                            assertThat(sealing.seal(place.context(), lent.bytes())
                                            .length())
                                    .isEqualTo(48);
                            last = keeping ? StoreFixture.bytes(lent) : last;
                        }
                    }
                }
            }
            return last;
        }

        private static boolean keeping;

        private static void say(String what) throws IOException {
            System.out.print("\n" + what + "\n");
            System.out.flush();
            if (System.in.read() < 0) {
                throw new IOException("the test is gone");
            }
        }
    }

    /// As the other, and keeps a lent key.
    static final class Keeping {
        public static void main(String[] args) throws Exception {
            Using.keeping = true;
            Using.main(args);
        }
    }

    /// Learns every key that is in the store now.
    private void learn(Path place) throws Exception {
        for (var file : StoreFixture.files(place.resolve("masters"))) {
            canaries.put("master " + file.getFileName(), Files.readAllBytes(file));
        }
        for (var file : StoreFixture.files(place.resolve("store"))) {
            var name = file.getFileName().toString().split("\\.", -1);
            var found = VERSION.matcher(Files.readString(file));
            while (found.find()) {
                var key = open(
                        canaries.get("master epoch-" + found.group(2)),
                        name[1] + "\n" + (name[2].equals("disk") ? "volume" : "snapshot") + "\n" + name[2] + "\n"
                                + found.group(1) + "\n",
                        Base64.getDecoder().decode(found.group(3)));
                var label = name[1] + " " + name[2] + " " + found.group(1);
                canaries.put(label, key);
                canaries.put(label + " at home", expand(key, "mvm key home v1\n" + HOME));
            }
        }
    }

    private static byte[] open(byte[] master, String place, byte[] box) throws Exception {
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
                Cipher.DECRYPT_MODE,
                new SecretKeySpec(master, "AES"),
                new GCMParameterSpec(128, Arrays.copyOf(box, 12)));
        cipher.updateAAD(place.getBytes(US_ASCII));
        return cipher.doFinal(box, 12, box.length - 12);
    }

    /// HKDF-Expand of one block; RFC 5869 section 2.3.
    private static byte[] expand(byte[] key, String info) throws Exception {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update(info.getBytes(US_ASCII));
        mac.update((byte) 1);
        return mac.doFinal();
    }

    private Map<String, String> found(Class<?> program, String how) throws Exception {
        var place = Files.createDirectory(folder.resolve(how));
        var process = new ProcessBuilder(List.of(
                        System.getProperty("java.home") + "/bin/java",
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "--enable-native-access=ALL-UNNAMED",
                        program.getName(),
                        place.toString(),
                        how))
                .redirectErrorStream(true)
                .start();
        var out = new LinkedHashMap<String, String>();
        try (var input = process.inputReader();
                var output = process.getOutputStream()) {
            for (var moment : List.of("filled", "destroyed", "closed")) {
                var all = new StringBuilder();
                var line = input.readLine();
                while (line != null && !line.equals(moment)) {
                    all.append(line).append('\n');
                    line = input.readLine();
                }
                assertThat(line).as(all.toString()).isEqualTo(moment);
                if (!moment.equals("closed")) {
                    learn(place);
                }
                ProcessMemory.find(process.pid(), sought(moment))
                        .forEach((name, mapping) -> out.put(moment + ": " + name, mapping));
                output.write('\n');
                output.flush();
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        return out;
    }

    /// While the store is open, it holds the master key; what locks memory and does not hide it shows it to this
    /// search.
    private Map<String, byte[]> sought(String moment) throws Exception {
        try (var memory = SecretMemory.allocate(1)) {
            var out = new LinkedHashMap<>(canaries);
            if (!moment.equals("closed") && memory.means().equals("mlock")) {
                out.keySet().removeIf(name -> name.startsWith("master"));
            }
            return out;
        }
    }

    @Test
    void keys_areNowhereInMemory() throws Exception {
        assertThat(found(Using.class, "used")).isEmpty();
        // two epochs; of demo two keys, of rival two versions; each derived as well
        assertThat(canaries).hasSize(2 + 2 * 4);
    }

    @Test
    void keyOnTheHeap_isFound() throws Exception {
        assertThat(found(Keeping.class, "kept").keySet()).contains("closed: rival disk 1 at home");
    }
}
