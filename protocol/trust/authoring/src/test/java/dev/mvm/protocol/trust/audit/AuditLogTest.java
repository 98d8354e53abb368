package dev.mvm.protocol.trust.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.json.Json;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Digest;
import dev.mvm.property.Property;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuditLogTest {
    @TempDir
    private Path folder;

    private final List<String> complaints = new ArrayList<>();
    private Instant now = Instant.parse("2026-03-01T00:00:00Z");
    private Path directory;
    private AuditLog log;

    @BeforeEach
    void open() throws IOException {
        directory = folder.resolve("audit");
        log = new AuditLog(directory, "hostd", () -> now, complaints::add, Optional.empty());
    }

    private void refuse(String subject) {
        log.refused("start_instance", subject, "unknown_instance", "");
    }

    private static List<Path> files(Path directory) throws IOException {
        try (var all = Files.list(directory)) {
            return all.sorted().toList();
        }
    }

    private static List<String> lines(Path directory) throws IOException {
        var out = new ArrayList<String>();
        for (var file : files(directory)) {
            var text = Files.readString(file);
            assertThat(text).matches("(?s)|.*\n");
            out.addAll(text.lines().toList());
        }
        return out;
    }

    /// Follows the chain by what the document on the format says, not by the code that wrote it.
    private static List<Json.Obj> chained(Path directory) throws Exception {
        var out = new ArrayList<Json.Obj>();
        long sequence = 0;
        var previous = "0".repeat(64);
        for (var line : lines(directory)) {
            var object = Json.parseObject(line.getBytes(UTF_8), JsonLimits.signed(8192));
            assertThat(object.members()).containsEntry("seq", Json.of(++sequence));
            assertThat(object.members()).containsEntry("prev", Json.of(previous));
            previous = Digest.of((line + "\n").getBytes(UTF_8)).hex();
            out.add(object);
        }
        return out;
    }

    @Test
    void refusal_isOneLineWithEverythingInIt() throws Exception {
        log.refused("install_state", "sha256:00", "replayed", "replayed: sequence 1 after 2");
        assertThat(lines(directory))
                .containsExactly("{\"schema\":1,\"seq\":1,\"time\":\"2026-03-01T00:00:00Z\",\"daemon\":\"hostd\","
                        + "\"action\":\"install_state\",\"subject\":\"sha256:00\",\"result\":\"refused\","
                        + "\"reason\":\"replayed\",\"detail\":\"replayed: sequence 1 after 2\",\"count\":1,\"prev\":\""
                        + "0".repeat(64) + "\"}");
        assertThat(log.refusals()).containsOnly(java.util.Map.entry("replayed", 1L));
    }

    /// A receipt of an operation names the plan that it was a step of, and so has one member more than other records.
    @Test
    @Tag("claim-R6")
    void receipt_namesItsPlan_orSaysThatItHasNone() throws Exception {
        var plan = "sha256:" + "a1".repeat(32);
        log.noted("pause_instance", "demo/web/i-00000001", "done", Optional.of(new Digest(plan)));
        log.noted("pause_instance", "demo/web/i-00000001", "done", Optional.empty());
        log.counted("guest_exec", "demo/web/i-00000001", "done");
        log.noted("open_audit", "", "torn_line");
        var lines = lines(directory);
        assertThat(lines.getFirst())
                .isEqualTo("{\"schema\":2,\"seq\":1,\"time\":\"2026-03-01T00:00:00Z\",\"daemon\":\"hostd\","
                        + "\"action\":\"pause_instance\",\"subject\":\"demo/web/i-00000001\",\"result\":\"noted\","
                        + "\"reason\":\"done\",\"detail\":\"\",\"plan\":\"" + plan + "\",\"count\":1,\"prev\":\""
                        + "0".repeat(64) + "\"}");
        assertThat(lines.subList(1, 3))
                .allMatch(line -> line.contains("\"schema\":2,"))
                .allMatch(line -> line.contains("\"detail\":\"\",\"plan\":\"none\",\"count\":1,"));
        assertThat(lines.getLast()).startsWith("{\"schema\":1,").doesNotContain("plan");
        assertThat(chained(directory)).hasSize(4);
    }

    @Test
    @Tag("claim-R2")
    void directory_isTheDaemonsAlone() throws Exception {
        refuse("i-00000001");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
    }

    @Test
    @Tag("claim-R2")
    void millionOfTheSame_areSevenLines_andAllAreCounted() throws Exception {
        for (int i = 0; i < 1_000_000; i++) {
            refuse("i-00000001");
        }
        assertThat(chained(directory))
                .extracting(line -> line.members().get("count"))
                .containsExactly(
                        Json.of(1),
                        Json.of(10),
                        Json.of(100),
                        Json.of(1_000),
                        Json.of(10_000),
                        Json.of(100_000),
                        Json.of(1_000_000));
        assertThat(log.refusals()).containsOnly(java.util.Map.entry("unknown_instance", 1_000_000L));
    }

    @Test
    @Tag("claim-R2")
    void millionDifferentOnes_stayBounded_andAllAreCounted() throws Exception {
        for (int i = 0; i < 1_000_000; i++) {
            refuse("i-%08x".formatted(i));
        }
        assertThat(chained(directory)).hasSizeLessThanOrEqualTo(AuditLog.MAX_DISTINCT + 7);
        assertThat(log.refusals()).containsOnly(java.util.Map.entry("unknown_instance", 1_000_000L));
    }

    @Test
    @Tag("claim-R2")
    void reasonsWithoutEnd_areCountedTogether() {
        for (int i = 0; i < 10_000; i++) {
            log.refused("call", "", "reason_" + i, "");
        }
        assertThat(log.refusals()).hasSize(AuditLog.MAX_REASONS + 1);
        assertThat(log.refusals().values().stream().mapToLong(n -> n).sum()).isEqualTo(10_000);
        assertThat(log.refusals()).containsEntry("other", 10_000L - AuditLog.MAX_REASONS);
    }

    @Test
    void nextHour_tellsAgain() throws Exception {
        refuse("i-00000001");
        refuse("i-00000001");
        now = now.plus(Duration.ofMinutes(59));
        refuse("i-00000001");
        assertThat(lines(directory)).hasSize(1);
        now = now.plus(Duration.ofMinutes(1));
        refuse("i-00000001");
        assertThat(lines(directory)).hasSize(2);
        now = now.minus(Duration.ofDays(1));
        refuse("i-00000001");
        assertThat(lines(directory)).hasSize(3);
    }

    @Test
    @Tag("claim-R2")
    void hostileText_staysOnOneLine_andIsCut() throws Exception {
        log.refused("frame", "\"\n{\"seq\":2}\u0000\u202e", "malformed_frame", "x".repeat(100_000));
        var only = chained(directory);
        assertThat(only).hasSize(1);
        assertThat(only.getFirst().members())
                .containsEntry("subject", Json.of("\"?{\"seq\":2}??"))
                .containsEntry("detail", Json.of("x".repeat(AuditChain.MAX_TEXT)));
    }

    @Test
    void restart_goesOnWithTheChain() throws Exception {
        refuse("i-00000001");
        open();
        refuse("i-00000001");
        assertThat(chained(directory)).hasSize(2);
        assertThat(complaints).isEmpty();
    }

    /// Power fails while a line is written, at every byte of it.
    @Test
    @Tag("claim-R2")
    void tornLine_isCutOffAndNoted() throws Exception {
        refuse("i-00000001");
        refuse("i-00000002");
        var file = files(directory).getFirst();
        var whole = Files.readString(file);
        int first = whole.indexOf('\n') + 1;
        for (int cut = first + 1; cut < whole.length(); cut += 13) {
            Files.writeString(file, whole.substring(0, cut));
            open();
            refuse("i-00000003");
            assertThat(chained(directory))
                    .extracting(line -> line.members().get("reason"))
                    .containsExactly(Json.of("unknown_instance"), Json.of("torn_line"), Json.of("unknown_instance"));
        }
    }

    @Test
    void fileThatWasOnlyBegun_isBegunAgain() throws Exception {
        refuse("i-00000001");
        Files.writeString(directory.resolve("audit-000000000002.jsonl"), "{\"sch");
        open();
        refuse("i-00000002");
        assertThat(chained(directory)).hasSize(3);
    }

    /// It is not made to look whole: the damage stays where it is and the next record names it, for verifiers.
    @Test
    @Tag("claim-R2")
    void damagedLastLine_isLeft_andTheChainGoesOnFromIt() throws Exception {
        refuse("i-00000001");
        var file = files(directory).getFirst();
        var damaged = "{\"seq\":\"two\"}\n";
        Files.writeString(file, damaged, APPEND);
        var before = Files.readString(file);
        open();
        refuse("i-00000002");
        assertThat(Files.readString(file)).startsWith(before);
        assertThat(lines(directory))
                .last()
                .asString()
                .contains("\"seq\":3,", Digest.of(damaged.getBytes(UTF_8)).hex());
    }

    @Test
    @Tag("claim-R2")
    void fullFile_isFollowedByAnother_andTheChainGoesOn() throws Exception {
        int written = 0;
        while (files(directory).size() < 3) {
            now = now.plus(Duration.ofHours(1)); // nothing is the same as before
            log.refused("install_state", "s".repeat(300), "replayed", "d".repeat(300));
            written++;
        }
        assertThat(chained(directory)).hasSize(written);
        for (var file : files(directory)) {
            assertThat(Files.size(file)).isLessThanOrEqualTo(AuditFile.MAX_BYTES);
        }
        open();
        refuse("i-00000001");
        assertThat(chained(directory)).hasSize(written + 1);
    }

    @Test
    @Tag("claim-R2")
    void oldestFile_goesWhenThereAreTooMany() throws Exception {
        refuse("i-00000001");
        var line = Files.readString(files(directory).getFirst());
        for (int i = 1; i < AuditFile.KEPT; i++) {
            Files.writeString(directory.resolve("audit-%012d.jsonl".formatted(i)), line);
        }
        Files.writeString(
                directory.resolve("audit-%012d.jsonl".formatted(AuditFile.KEPT)),
                line.repeat(AuditFile.MAX_BYTES / line.length()));
        Files.writeString(directory.resolve("note.txt"), "not ours");
        open();
        refuse("i-00000002");
        assertThat(files(directory))
                .hasSize(AuditFile.KEPT + 1)
                .doesNotContain(directory.resolve("audit-000000000001.jsonl"))
                .contains(directory.resolve("audit-000000000002.jsonl"), directory.resolve("note.txt"));
        assertThat(files(directory).get(AuditFile.KEPT - 1)).content().contains("i-00000002");
    }

    @Test
    @Tag("claim-R2")
    void auditThatCannotBeWritten_stopsNothing_andIsCounted() throws Exception {
        refuse("i-00000001");
        delete(directory);
        refuse("i-00000002");
        refuse("i-00000003");
        assertThat(log.refusals()).containsEntry("unknown_instance", 3L).containsEntry("audit_unwritten", 2L);
        assertThat(complaints).hasSize(2);
        Files.createDirectory(directory);
        refuse("i-00000004");
        assertThat(lines(directory)).hasSize(1).first().asString().contains("\"seq\":2,", "i-00000004");
    }

    private static void delete(Path directory) throws IOException {
        try (var all = Files.walk(directory)) {
            for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /// Refusals, restarts and torn writes in any order leave one chain.
    @Test
    @Tag("claim-R2")
    void anyHistory_isOneChain() {
        Property.holds(100, draw -> {
            delete(directory);
            open();
            int steps = draw.intBetween(1, 30);
            for (int step = 0; step < steps; step++) {
                switch (draw.intBetween(0, 5)) {
                    case 0 -> open();
                    case 1 -> {
                        var files = files(directory);
                        if (!files.isEmpty()) {
                            Files.writeString(files.getLast(), draw.text(1, 40, "{}\"seq:1x"), APPEND);
                            open();
                        }
                    }
                    case 2 -> now = now.plus(Duration.ofMinutes(draw.intBetween(1, 90)));
                    default ->
                        log.refused("call", draw.text(0, 3, "ab"), draw.one("x", "y"), draw.text(0, 9, "\"\n\\ü"));
                }
            }
            chained(directory);
        });
    }
}
