package dev.mvm.linux.libcrypto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.mvm.linux.call.ChildJvm;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.libcrypto.ReferenceHpke.Aead;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A JVM that opens a key as the root daemon does, and whose whole heap is searched afterwards.
final class HpkeHeapTest {
    private static final byte[] NOTHING = {};

    @TempDir
    private Path folder;

    /// Opens a key, dumps the heap while both keys are there, and says whether it opened.
    static final class Opening {
        public static void main(String[] args) throws Exception {
            var hpke = new Hpke(new Libcrypto());
            var enc = HexFormat.of().parseHex(args[1]);
            var sealed = HexFormat.of().parseHex(args[2]);
            try (var file = Fd.open(Path.of(args[0]));
                    var key = SecretMemory.allocate(Hpke.KEY_SIZE);
                    var opened = SecretMemory.allocate(32)) {
                boolean good = file.read(key.bytes()) == Hpke.KEY_SIZE
                        && hpke.open(key, enc, 0, sealed, NOTHING, NOTHING, opened);
                // the search itself is tried out
                var copy = args.length > 4 ? opened.bytes().toArray(JAVA_BYTE) : NOTHING;
                try {
                    dump(args[3]);
                } finally {
                    Reference.reachabilityFence(copy);
                }
                System.out.print(good);
            }
        }

        private static void dump(String file) throws Exception {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(file, false);
        }
    }

    private static byte[] random() {
        var out = new byte[32];
        new SecureRandom().nextBytes(out);
        return out;
    }

    private static boolean contains(byte[] all, byte[] part) {
        for (int i = 0; i + part.length <= all.length; i++) {
            if (all[i] == part[0] && Arrays.equals(all, i, i + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }

    @Test
    @Tag("claim-K3")
    void neitherKey_isOnTheHeap() throws Exception {
        var nodeKey = random();
        var secret = random();
        var file = Files.write(folder.resolve("node"), nodeKey);
        var sender = ReferenceHpke.sender(Aead.AES_256_GCM, random(), ReferenceHpke.publicKey(nodeKey), NOTHING);
        var sealed = sender.seal(NOTHING, secret);
        var hex = HexFormat.of();
        for (boolean copied : new boolean[] {false, true}) {
            var dump = folder.resolve("heap-" + copied + ".hprof");
            var args = new ArrayList<>(
                    List.of(file.toString(), hex.formatHex(sender.enc()), hex.formatHex(sealed), dump.toString()));
            if (copied) {
                args.add("copy");
            }
            var result = ChildJvm.run(Opening.class, args.toArray(String[]::new));
            assertThat(result).isEqualTo(new ChildJvm.Result(0, "true"));
            var heap = Files.readAllBytes(dump);
            assertThat(contains(heap, sealed)).isTrue();
            assertThat(contains(heap, nodeKey)).isFalse();
            assertThat(contains(heap, secret)).isEqualTo(copied);
        }
    }
}
