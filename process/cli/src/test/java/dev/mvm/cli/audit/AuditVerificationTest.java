package dev.mvm.cli.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.json.JsonException;
import dev.mvm.model.Digest;
import dev.mvm.property.Property;
import dev.mvm.protocol.trust.audit.AuditChain;
import dev.mvm.protocol.trust.audit.AuditLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Attacks on audit files by someone with write access.
final class AuditVerificationTest {
    private static final int RECORDS = 8;

    @TempDir
    private Path folder;

    private List<String> lines = List.of();
    private Path file;

    @BeforeEach
    void write() throws IOException {
        var directory = folder.resolve("audit");
        var log = new AuditLog(
                directory, "hostd", () -> Instant.parse("2026-03-01T00:00:00Z"), _ -> {}, Optional.empty());
        for (int i = 1; i <= RECORDS; i++) {
            log.refused("start_instance", "i-0000000" + i, "unknown_instance", "");
        }
        file = directory.resolve("audit-000000000001.jsonl");
        lines = Files.readString(file).lines().map(line -> line + "\n").toList();
    }

    private static AuditVerification.Result verify(Path... files) throws IOException {
        return AuditVerification.of(List.of(files), Optional.empty(), AuditSignatures.UNKNOWN);
    }

    private AuditVerification.Result verify(List<String> changed) throws IOException {
        Files.writeString(file, String.join("", changed));
        return verify(file);
    }

    private void broken(int line, String what, List<String> changed) throws IOException {
        assertThat(verify(changed)).isInstanceOfSatisfying(AuditVerification.Broken.class, broken -> {
            assertThat(broken.file()).isEqualTo(file);
            assertThat(broken.line()).isEqualTo(line);
            assertThat(broken.what()).contains(what).doesNotContain("\n");
        });
    }

    @Test
    void whatADaemonWrote_isIntact() throws Exception {
        assertThat(verify(file))
                .isEqualTo(new AuditVerification.Intact(
                        1, RECORDS, "hostd", Digest.of(lines.getLast().getBytes(UTF_8)), 0));
    }

    /// As a wrong character, or as a record that says something else in good spelling.
    @Test
    @Tag("claim-R2")
    void alteredLine_isFound() throws Exception {
        for (int i = 0; i < RECORDS; i++) {
            for (int at = 0; at < lines.get(i).length(); at++) {
                var line = new StringBuilder(lines.get(i));
                line.setCharAt(at, line.charAt(at) == 'x' ? 'y' : 'x');
                var changed = new ArrayList<>(lines);
                changed.set(i, line.toString());
                // the last one is a good last record still: only a head that was kept elsewhere shows it
                if (i < RECORDS - 1) {
                    assertThat(verify(changed)).isInstanceOf(AuditVerification.Broken.class);
                }
            }
        }
        var changed = new ArrayList<>(lines);
        changed.set(2, lines.get(2).replace("unknown_instance", "not_in_state"));
        broken(4, "was altered", changed);
    }

    @Test
    @Tag("claim-R2")
    void removedLine_isFound() throws Exception {
        for (int i = 1; i < RECORDS - 1; i++) {
            var changed = new ArrayList<>(lines);
            changed.remove(i);
            broken(i + 1, "record " + (i + 2) + " in place of record " + (i + 1), changed);
        }
    }

    @Test
    @Tag("claim-R2")
    void insertedLine_isFound() throws Exception {
        for (int i = 1; i <= RECORDS; i++) {
            var changed = new ArrayList<>(lines);
            changed.add(i, lines.get(0));
            broken(i + 1, "record 1 in place of record " + (i + 1), changed);
        }
        var changed = new ArrayList<>(lines);
        changed.add(3, lines.get(3).replace("unknown_instance", "frozen"));
        broken(5, "record 4 in place of record 5", changed);
        changed.set(3, "\n");
        broken(4, "invalid record", changed);
    }

    @Test
    @Tag("claim-R2")
    void movedLine_isFound() throws Exception {
        var changed = new ArrayList<>(lines);
        changed.add(2, changed.remove(5));
        broken(3, "record 6 in place of record 3", changed);
    }

    @Test
    @Tag("claim-R2")
    void renumberedLines_areFound() throws Exception {
        var changed = new ArrayList<>(lines);
        changed.remove(3);
        for (int i = 3; i < changed.size(); i++) {
            changed.set(i, changed.get(i).replace("\"seq\":" + (i + 2) + ",", "\"seq\":" + (i + 1) + ","));
        }
        broken(4, "was altered", changed);
    }

    @Test
    @Tag("claim-R2")
    void cutLine_isFound() throws Exception {
        for (int at = 1; at < lines.getLast().length(); at++) {
            var changed = new ArrayList<>(lines);
            changed.set(RECORDS - 1, lines.getLast().substring(0, at));
            broken(RECORDS, "cut off", changed);
        }
        Files.writeString(file, "x".repeat(100_000));
        assertThat(verify(file))
                .isInstanceOfSatisfying(
                        AuditVerification.Broken.class,
                        broken -> assertThat(broken.what()).isEqualTo("the line is too long"));
    }

    /// A chain that was cut at its end is valid. A head that is kept elsewhere shows the cut.
    @Test
    @Tag("claim-R2")
    void removedOrRewrittenEnd_isFoundByAHeadThatWasKept() throws Exception {
        var head = Digest.of(lines.getLast().getBytes(UTF_8));
        assertThat(AuditVerification.of(List.of(file), Optional.of(head), AuditSignatures.UNKNOWN))
                .isInstanceOf(AuditVerification.Intact.class);
        assertThat(verify(lines.subList(0, 5))).isInstanceOf(AuditVerification.Intact.class);
        assertThat(AuditVerification.of(List.of(file), Optional.of(head), AuditSignatures.UNKNOWN))
                .isInstanceOfSatisfying(
                        AuditVerification.Broken.class,
                        broken -> assertThat(broken.what()).contains("some were removed"));
        var rewritten = new ArrayList<>(lines);
        rewritten.set(RECORDS - 1, lines.getLast().replace("i-00000008", "i-00000009"));
        assertThat(verify(rewritten)).isInstanceOf(AuditVerification.Intact.class);
        assertThat(AuditVerification.of(List.of(file), Optional.of(head), AuditSignatures.UNKNOWN))
                .isInstanceOf(AuditVerification.Broken.class);
    }

    @Test
    @Tag("claim-R2")
    void severalFiles_areOneChain_andAMissingOneIsFound() throws Exception {
        var parts = new ArrayList<Path>();
        for (int i = 0; i < 3; i++) {
            parts.add(Files.writeString(folder.resolve("part-" + i), String.join("", lines.subList(i * 2, i * 2 + 2))));
        }
        assertThat(verify(parts.get(0), parts.get(1), parts.get(2)))
                .isInstanceOfSatisfying(
                        AuditVerification.Intact.class,
                        intact -> assertThat(intact.last()).isEqualTo(6));
        assertThat(verify(parts.get(1), parts.get(2)))
                .isInstanceOfSatisfying(AuditVerification.Intact.class, intact -> {
                    assertThat(intact.first()).isEqualTo(3);
                    assertThat(intact.records()).isEqualTo(4);
                });
        assertThat(verify(parts.get(0), parts.get(2)))
                .isEqualTo(new AuditVerification.Broken(parts.get(2), 1, "record 5 in place of record 3"));
        assertThat(verify(parts.get(1), parts.get(0))).isInstanceOf(AuditVerification.Broken.class);
        var empty = Files.writeString(folder.resolve("empty"), "");
        assertThat(verify(parts.get(0), empty, parts.get(1))).isInstanceOf(AuditVerification.Intact.class);
        assertThat(verify(empty)).isEqualTo(new AuditVerification.Broken(empty, 0, "no record in the file"));
    }

    @Test
    void recordsOfTwoDaemons_areNotOneChain() throws Exception {
        var changed = new ArrayList<>(lines);
        changed.set(RECORDS - 1, lines.getLast().replace("hostd", "agentd"));
        broken(RECORDS, "a record of agentd among records of hostd", changed);
    }

    /// Any change of any bytes but the last record's is found.
    @Test
    @Tag("claim-R2")
    void anyOtherBytes_areFound() {
        var whole = String.join("", lines).getBytes(UTF_8);
        int lastLine = whole.length - lines.getLast().length();
        Property.holds(500, draw -> {
            var changed = whole.clone();
            int times = draw.intBetween(1, 3);
            boolean same = true;
            for (int i = 0; i < times; i++) {
                int at = draw.intBetween(0, lastLine - 1);
                changed[at] = (byte) draw.intBetween(0, 255);
                same &= changed[at] == whole[at];
            }
            Files.write(file, changed);
            boolean unchanged = same || java.util.Arrays.equals(changed, whole);
            assertThat(verify(file))
                    .isInstanceOf(unchanged ? AuditVerification.Intact.class : AuditVerification.Broken.class);
        });
    }

    /// Bytes are a record that writes itself back, or refused in one line.
    @Test
    @Tag("claim-R2")
    void arbitraryLine_isARecordThatWritesItselfBack_orRefused() {
        var line = lines.getFirst().getBytes(UTF_8);
        Property.holds(2000, draw -> {
            var data = draw.intBetween(0, 1) == 0 ? line.clone() : new byte[draw.intBetween(0, 300)];
            for (int i = draw.intBetween(0, 8); i > 0 && data.length > 0; i--) {
                data[draw.intBetween(0, data.length - 1)] = (byte) draw.intBetween(0, 255);
            }
            try {
                var read = AuditLine.parse(data);
                assertThat(new AuditChain(read.sequence() - 1, read.previous())
                                .next(read.time(), read.texts(), read.count()))
                        .isEqualTo(data);
            } catch (JsonException e) {
                assertThat(e.getMessage()).doesNotContain("\n");
            }
        });
    }
}
