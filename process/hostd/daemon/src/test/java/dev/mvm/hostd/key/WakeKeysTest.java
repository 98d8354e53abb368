package dev.mvm.hostd.key;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.protocol.trust.audit.AuditChain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The two ways that `./dev bench keys` compares do the same work.
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class WakeKeysTest {
    @TempDir
    private Path folder;

    private WakeKeys wake;

    @BeforeEach
    void setUp() throws Exception {
        try (var memory = SecretMemory.allocate(1)) {
            assumeTrue(memory.means().equals("memfd_secret"), "a kernel without it keeps nothing");
        }
        wake = new WakeKeys(folder, 20);
    }

    @AfterEach
    void tearDown() {
        if (wake != null) {
            wake.close();
        }
    }

    private Map<String, String> derived(WakeKeys.Lender keys) throws Exception {
        var out = new LinkedHashMap<String, String>();
        wake.keys(keys, (use, key) -> {
            assertThat(key.byteSize()).isEqualTo(32);
            out.put(use, HexFormat.of().formatHex(key.toArray(JAVA_BYTE)));
        });
        return out;
    }

    /// RFC 5869, 2.3, one block; the texts are those of docs/protocol/snapshot.md and volume.md.
    private static String expected(int fill, String info) throws Exception {
        var key = new byte[32];
        Arrays.fill(key, (byte) fill);
        var hmac = Mac.getInstance("HmacSHA256");
        hmac.init(new SecretKeySpec(key, "HmacSHA256"));
        return HexFormat.of().formatHex(hmac.doFinal((info + "\ndemo\ni-00000001\n\u0001").getBytes(US_ASCII)));
    }

    @Test
    void keysOutOfABlob_andKeysThatLieOpen_giveTheInstanceTheSameKeys() throws Exception {
        var now = derived(wake.blob());
        assertThat(derived(wake.open())).isEqualTo(now);
        int volume = NodeWithBlob.FILL + 1;
        assertThat(now)
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "seal", expected(volume, "mvm volume v1\nseal"),
                        "slot", expected(volume, "mvm volume v1\nslot"),
                        "wrap", expected(NodeWithBlob.FILL, "mvm snapshot v1\nsnap/wrap"),
                        "workingset", expected(NodeWithBlob.FILL, "mvm snapshot v1\nsnap/workingset")));
    }

    /// Neither way takes its keys from where the other has them.
    @Test
    void blobThatIsOver_endsOneWayAlone() throws Exception {
        wake.now();
        wake.expireBlob();
        assertThatThrownBy(wake::now).hasMessage("the key is not at hand");
        wake.before();
    }

    private List<String> records(String audit) throws Exception {
        try (var files = Files.list(folder.resolve(audit))) {
            return Files.readAllLines(files.findFirst().orElseThrow());
        }
    }

    @Test
    void recordIsSignedNow_andWasNot() throws Exception {
        wake.now();
        wake.before();
        var line = records("signed").getLast();
        assertThat(line).contains("\"action\":\"wake_instance\"");
        var parts = line.split(",\"signature\":\"|\"}$", -1);
        var message = AuditChain.message((parts[0] + "}\n").getBytes(US_ASCII));
        var signature = Base64.getDecoder().decode(parts[1]);
        assertThat(new JdkEd25519().valid(wake.identity().publicHalf(), message, signature))
                .isTrue();
        var plain = records("plain");
        assertThat(plain).hasSize(2).noneMatch(each -> each.contains("signature"));
        assertThat(plain.getLast()).contains("\"action\":\"wake_instance\"");
    }
}
