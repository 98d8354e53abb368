package dev.mvm.image.build;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.image.source.Digest;
import dev.mvm.image.store.ImageRecord;
import dev.mvm.json.JsonException;
import dev.mvm.property.Property;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Reports of a sandbox that was taken over: whichever is taken makes a record that can be read again.
final class FlatteningReportTest {
    private static final Digest DIGEST = Digest.of(new byte[0]);
    private static final String REPORT =
            "{\"tree\":\"" + DIGEST.text() + "\",\"labels\":{\"by\":\"a test\"},\"entries\":3,\"bytes\":4,"
                    + "\"dropped\":{\"device\":1},\"config\":{\"argv\":[\"/bin/app\"]}}";

    private static FlatteningReport read(String text) throws JsonException {
        return FlatteningReport.read(text.getBytes(UTF_8));
    }

    private static void refused(String part, String other) {
        assertThatThrownBy(() -> read(REPORT.replace(part, other))).isInstanceOf(JsonException.class);
    }

    /// Returns whether the bytes are taken.
    private static boolean isTaken(byte[] bytes) throws JsonException {
        FlatteningReport report;
        try {
            report = FlatteningReport.read(bytes);
        } catch (JsonException e) {
            return false;
        }
        var digests = new LinkedHashMap<String, Digest>();
        report.tree().ifPresent(tree -> digests.put("tree", tree));
        var record = new ImageRecord(
                new ImageRecord.Image(DIGEST, 8192, 1, DIGEST, DIGEST.hex()),
                new ImageRecord.Source("tree:/x", digests, List.of()),
                report.contents(),
                report.config(),
                DIGEST,
                Instant.parse("2026-01-01T00:00:00Z"));
        assertThat(ImageRecord.read(record.json().bytes()).json().bytes())
                .isEqualTo(record.json().bytes());
        return true;
    }

    @Test
    void aReport_isReadAsItWasWritten() throws JsonException {
        assertThat(read(REPORT).bytes()).asString(UTF_8).isEqualTo(REPORT);
        assertThat(read(REPORT.replace("\"tree\":\"" + DIGEST.text() + "\",", ""))
                        .tree())
                .isEmpty();
    }

    /// Control characters, quotes, and a character beyond 16 bits.
    @Test
    void anyText_isReadAsItWasWritten() throws JsonException {
        var text = "\u0000\b\n\u001b\"\\/\u007f\u2028\ud83d\ude00";
        var labels = new LinkedHashMap<String, String>();
        labels.put(text, text);
        var report = new FlatteningReport(
                Optional.empty(), labels, read(REPORT).contents(), read(REPORT).config());
        assertThat(FlatteningReport.read(report.bytes()).labels()).isEqualTo(labels);
        assertThat(report.bytes()).asString(UTF_8).doesNotContain("\n", "\u001b", "\u0000");
    }

    @Test
    void labelsInMasses_areRead() throws JsonException {
        var labels = new StringBuilder("\"l\":\"\"");
        for (int i = 0; i < 300_000; i++) {
            labels.append(",\"").append(i).append("\":\"\"");
        }
        assertThat(read(REPORT.replace("\"by\":\"a test\"", labels.toString())).labels())
                .hasSize(300_001);
    }

    @Test
    void reportsThatNoRecordCanHold_areRefused() {
        refused("\"device\"", "\"de\\u001bvice\"");
        refused("\"device\"", "\"" + "d".repeat(41) + "\"");
        refused("\"device\":1", "\"device\":-1");
        refused("\"a test\"", "1");
        refused("/bin/app", "a".repeat(300_000));
        refused("sha256:", "sha512:");
        refused("\"tree\":", "\"manifest\":");
        var kinds = new StringBuilder("\"k\":1");
        for (int i = 0; i < 100; i++) {
            kinds.append(",\"k").append(i).append("\":1");
        }
        refused("\"device\":1", kinds.toString());
    }

    @Test
    void damagedReports_areRefusedOrMakeARecord() {
        Property.holds(2_000, draw -> {
            var bytes = REPORT.getBytes(UTF_8);
            for (int i = draw.intBetween(1, 3); i > 0; i--) {
                bytes[draw.intBetween(0, bytes.length - 1)] = (byte) draw.between(0, 255);
            }
            assertThat(isTaken(bytes)).isIn(true, false);
        });
    }

    @FuzzTest
    void anyBytes_areRefusedOrMakeARecord(byte[] bytes) throws JsonException {
        assertThat(isTaken(bytes)).isIn(true, false);
    }
}
