package dev.mvm.image.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.image.ImageException;
import dev.mvm.image.OciLayout;
import dev.mvm.image.config.Accounts;
import dev.mvm.image.config.GuestConfig;
import dev.mvm.image.config.ImageConfig;
import dev.mvm.image.config.Overrides;
import dev.mvm.property.Property;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Any bytes are a manifest, an index, a configuration, users and groups, or are refused with one line.
final class ForeignDocumentsTest {
    private static final String DIGEST = "\"digest\":\"sha256:" + "0".repeat(64) + "\",\"size\":1}";
    private static final String MANIFEST = "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" + OciLayout.CONFIG
            + "\"," + DIGEST + ",\"layers\":[{\"mediaType\":\"" + OciLayout.GZIP + "\"," + DIGEST + "]}";
    private static final String INDEX = "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" + OciLayout.MANIFEST
            + "\"" + OciLayout.AMD64 + "," + DIGEST + "]}";
    private static final String CONFIG =
            "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Cmd\":[\"a\"],\"Env\":[\"A=b\"],\"User\":\"web:log\","
                    + "\"StopSignal\":\"SIGRTMIN+3\",\"Labels\":{\"a\":\"b\"},\"Healthcheck\":{\"Test\":[\"CMD\",\"a\"],"
                    + "\"Interval\":1000000}},\"rootfs\":{\"diff_ids\":[\"sha256:" + "0".repeat(64) + "\"]}}";
    private static final String PASSWD = "web:x:33:34::/srv:/bin/false\n";
    private static final String GROUP = "log:x:4:web\n";

    /// Returns how many of the readings took the bytes.
    private static int taken(byte[] bytes) {
        int taken = 0;
        try {
            Manifest.read(bytes);
            taken++;
        } catch (ImageException e) {
            assertOneLine(e);
        }
        try {
            var accounts = new Accounts(PASSWD.getBytes(UTF_8), GROUP.getBytes(UTF_8));
            var config = GuestConfig.of(ImageConfig.read(bytes), Overrides.NOTHING, accounts);
            assertThat(config.length).isLessThanOrEqualTo(GuestConfig.LONGEST);
            taken++;
        } catch (ImageException e) {
            assertOneLine(e);
        }
        try {
            var identity = new Accounts(bytes, bytes).resolve("web:log");
            assertThat(identity.uid()).isBetween(0L, 4_294_967_294L);
            taken++;
        } catch (ImageException e) {
            assertOneLine(e);
        }
        return taken;
    }

    private static void assertOneLine(ImageException refusal) {
        assertThat(refusal.code()).matches("[a-z0-9_]+");
        assertThat(refusal.line()).isNotBlank().hasLineCount(1);
    }

    @Test
    void undamagedDocuments_areRead() {
        for (var document : new String[] {MANIFEST, INDEX, CONFIG, PASSWD + GROUP}) {
            assertThat(taken(document.getBytes(UTF_8))).as(document).isEqualTo(1);
        }
    }

    @Test
    @Tag("claim-I1")
    void damagedDocuments_areReadOrRefused() {
        var read = new AtomicInteger();
        Property.holds(2_000, draw -> {
            var document = draw.flag() ? (draw.flag() ? MANIFEST : INDEX) : draw.flag() ? CONFIG : PASSWD + GROUP;
            var bytes = document.getBytes(UTF_8);
            for (int i = draw.intBetween(1, 3); i > 0; i--) {
                bytes[draw.intBetween(0, bytes.length - 1)] = (byte) draw.between(0, 255);
            }
            read.addAndGet(taken(draw.flag() ? bytes : Arrays.copyOf(bytes, draw.intBetween(0, bytes.length))));
        });
        assertThat(read.get()).isBetween(1, 1_999);
    }

    @FuzzTest
    void anyBytes_areADocumentOrRefused(byte[] bytes) {
        assertThat(taken(bytes)).isBetween(0, 3);
    }
}
