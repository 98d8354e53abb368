package dev.mvm.keyd.audit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.keyd.release.KeydFleet;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Verifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The audit, and attacks on it by who can write to keyd's disk.
final class ReleaseAuditTest {
    private final Path folder;
    private final KeydFleet.MemoryFiles heads = new KeydFleet.MemoryFiles();
    private final Ceremony.Key key = Ceremony.Key.fresh();
    private Instant now = Ceremony.NOW;

    ReleaseAuditTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private ReleaseAudit open() throws Exception {
        return new ReleaseAudit(folder.resolve("audit"), heads, Ceremony.SOME, KeydFleet.signing(key), () -> now);
    }

    private static AuditEntry release(String tenant) {
        return AuditEntry.done("release", tenant, "n-one", "key 1");
    }

    private Path exported() throws Exception {
        var file = Files.createTempFile(folder, "export", ".jsonl");
        try (var out = Files.newOutputStream(file)) {
            AuditVerification.export(folder.resolve("audit"), heads.all.get(ReleaseAudit.HEAD), out);
        }
        return file;
    }

    private AuditVerification.Found verify(Path file) throws Exception {
        return AuditVerification.verify(file, new Verifier(new JdkEd25519()), key.verifyKey());
    }

    @Test
    void chain_isWhole_alsoAfterARestart() throws Exception {
        open().write(List.of(release("demo"), release("second")));
        var again = open();
        again.refused(AuditEntry.refused("release", "demo", "n-two", "not_released_here", true, "no"));
        var found = verify(exported());
        assertThat(found.first()).isEqualTo(1);
        assertThat(found.last()).isEqualTo(3);
        assertThat(found.alarms()).isEqualTo(1);
        assertThat(again.alarms()).isEqualTo(1);
        assertThat(again.records("demo", "", 0, 10)).hasSize(2);
        assertThat(again.records("", "n-two", 0, 10)).hasSize(1);
        assertThat(again.records("", "", 3, 10)).hasSize(1);
        assertThat(again.records("", "", 0, 2)).hasSize(2);
        assertThat(again.records("", "", 99, 2)).isEmpty();
    }

    @Test
    void recordThatIsAlteredRemovedMovedOrAdded_isFound() throws Exception {
        open().write(List.of(release("a"), release("b"), release("c")));
        var lines = Files.readAllLines(exported(), ISO_8859_1);
        var attacks = new ArrayList<List<String>>();
        for (int i = 0; i < 3; i++) {
            var removed = new ArrayList<>(lines);
            removed.remove(i);
            attacks.add(removed);
            var altered = new ArrayList<>(lines);
            altered.set(i, lines.get(i).replace("key 1", "key 2"));
            attacks.add(altered);
            var doubled = new ArrayList<>(lines);
            doubled.add(i, lines.get(i));
            attacks.add(doubled);
        }
        attacks.removeFirst(); // without its first record an audit is a later part of itself
        var moved = new ArrayList<>(lines);
        moved.set(0, lines.get(1));
        moved.set(1, lines.get(0));
        attacks.add(moved);
        attacks.add(lines.subList(0, 3)); // without a head
        attacks.add(lines.subList(3, 4)); // without records
        for (var attack : attacks) {
            var file = Files.write(folder.resolve("attack"), attack, ISO_8859_1);
            assertThatThrownBy(() -> verify(file)).isInstanceOf(AuditVerification.BrokenAuditException.class);
        }
        var later = Files.write(folder.resolve("attack"), lines.subList(1, 4), ISO_8859_1);
        assertThat(verify(later).first()).isEqualTo(2);
    }

    @Test
    void chainThatIsMadeAnew_hasNoHeadOfKeyds() throws Exception {
        open().write(List.of(release("a")));
        var file = exported();
        assertThatThrownBy(() -> AuditVerification.verify(
                        file,
                        new Verifier(new JdkEd25519()),
                        Ceremony.Key.fresh().verifyKey()))
                .isInstanceOf(AuditVerification.BrokenAuditException.class)
                .hasMessageContaining("untrusted_key");
    }

    @Test
    void lineWithoutAnEnd_isCutOff() throws Exception {
        open().write(List.of(release("a"), release("b")));
        var file = folder.resolve("audit/audit-000000000001.jsonl");
        var text = Files.readString(file, ISO_8859_1);
        Files.writeString(file, text + "{\"schema\":1,\"seq\"", ISO_8859_1);
        open().write(List.of(release("c")));
        assertThat(verify(exported()).last()).isEqualTo(3);
    }

    @Test
    void floodOfTheSameRefusal_takesFewLines() throws Exception {
        var audit = open();
        var same = AuditEntry.refused("challenge", "", "n-two", "node_unknown", false, "no");
        for (int i = 0; i < 1000; i++) {
            audit.refused(same);
        }
        assertThat(audit.sequence()).isEqualTo(4); // the first, tenth, hundredth, thousandth
        for (int i = 0; i < 3000; i++) {
            audit.refused(AuditEntry.refused("challenge", "", "n-" + i, "node_unknown", false, "no"));
        }
        assertThat(audit.sequence()).isLessThan(4 + ReleaseAudit.MAX_DISTINCT + 10);
        now = now.plus(Duration.ofHours(1));
        long before = audit.sequence();
        audit.refused(same);
        assertThat(audit.sequence()).isEqualTo(before + 1);
    }

    @Test
    void textOfWhoWasRefused_isNoSecondRecord() throws Exception {
        var audit = open();
        audit.refused(
                AuditEntry.refused("challenge", "", "x", "node_unknown", false, "a\"}\n{\"seq\":9" + "y".repeat(999)));
        assertThat(audit.records("", "", 0, 10))
                .singleElement()
                .satisfies(line -> assertThat(line.length()).isLessThan(600));
        assertThat(verify(exported()).last()).isEqualTo(1);
    }

    @FuzzTest(maxDuration = "2m")
    void anyFile_isVerifiedOrBroken(byte[] content) throws Exception {
        var file = Files.write(Files.createTempFile("audit", ".jsonl"), content);
        try {
            assertThatThrownBy(() -> verify(file)).isInstanceOf(AuditVerification.BrokenAuditException.class);
        } finally {
            Files.delete(file);
        }
    }
}
