package dev.mvm.agentd.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.TenantId;
import dev.mvm.protocol.audit.TenantEvent;
import dev.mvm.protocol.trust.Ceremony;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Audits on disk, also after crashes of the agent.
final class TenantAuditsTest extends AuditFixture {
    @Test
    @Tag("claim-R4")
    void everyTenant_hasAnAuditOfItsOwn_thatIsTheAgentsAlone() throws Exception {
        var open = open();
        open.record(ACME, List.of(fact(1), fact(2)));
        open.record(new TenantId("other"), List.of(fact(3)));
        assertThat(open.tenants()).containsExactly(ACME, new TenantId("other"));
        assertThat(acme().chain().lines()).isEqualTo(3);
        assertThat(acme().chain().signedTo()).isEqualTo(1);
        assertThat(acme().entries()).extracting(entry -> entry.fact()).containsExactly(fact(1), fact(2));
        for (var path : List.of(audits, audits.resolve("acme"))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rwx------");
        }
        assertThat(WrittenAudit.files(audits.resolve("acme")))
                .hasSize(1)
                .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .isEqualTo("rw-------"));
        assertThat(open.written()).isEqualTo(3);
        assertThat(complaints).isEmpty();
    }

    @Test
    void anotherAgent_goesOnWithTheChain() throws Exception {
        fill(open(), 0, 3);
        fill(open(), 3, 5);
        var open = open();
        fill(open, 5, 6);
        open.close();
        assertThat(acme().entries()).hasSize(6);
        assertThat(acme().chain().signedTo()).isEqualTo(8);
        open.close();
        assertThat(acme().chain().lines()).isEqualTo(8);
    }

    /// Wherever an agent that is killed stops writing: what was whole is there, and what was cut off is on record.
    @Test
    @Tag("claim-R4")
    void tornLine_isCutOffAndRecorded_whereverItIsTorn() throws Exception {
        fill(open(), 0, 3);
        var file = WrittenAudit.files(audits.resolve("acme")).getFirst();
        var whole = Files.readAllBytes(file);
        int last = 0;
        for (int i = 0; i < whole.length - 1; i++) {
            last = whole[i] == '\n' ? i + 1 : last;
        }
        for (int end = last; end <= whole.length; end++) {
            Files.write(file, Arrays.copyOf(whole, end));
            fill(open(), 3, 4);
            var written = acme();
            boolean torn = end > last && end < whole.length;
            int kept = end == whole.length ? 3 : 2;
            assertThat(written.entries()).as("cut to %d", end).hasSize(kept + (torn ? 2 : 1));
            if (torn) {
                assertThat(written.words().get(kept)).isEqualTo("audit_mended noted");
                assertThat(written.entries().get(kept).fact().detail()).isEqualTo((end - last) + " bytes were cut off");
            }
        }
    }

    @Test
    void firstLineTorn_beginsAnew() throws Exception {
        Files.createDirectories(audits.resolve("acme"));
        Files.writeString(audits.resolve("acme/audit-000000000001.jsonl"), "{\"schema\":2,\"no");
        fill(open(), 0, 1);
        assertThat(acme().words()).containsExactly("audit_mended noted", "instance_started decided");
    }

    /// If the agent dies between the two, the next one goes on with the segment before.
    @Test
    void segmentThatWasBegunOnly_hidesNothing() throws Exception {
        fill(open(), 0, 3);
        Files.createFile(audits.resolve("acme").resolve("audit-000000000005.jsonl"));
        var open = open();
        fill(open, 3, 5);
        assertThat(WrittenAudit.files(audits.resolve("acme"))).hasSize(1);
        var page = open.read(ACME, 5, Optional.empty(), 1 << 20);
        assertThat(page.first()).isEqualTo(5);
        assertThat(page.last().orElseThrow().position().sequence()).isEqualTo(6);
        assertThat(acme().entries()).hasSize(5);
    }

    @Test
    @Tag("claim-R4")
    void segments_areBounded_andEachBeginsWithACheckpoint() throws Exception {
        fill(open(), 0, 1500);
        var files = WrittenAudit.files(audits.resolve("acme"));
        assertThat(files).hasSizeGreaterThan(2);
        for (var file : files) {
            assertThat(Files.size(file)).isLessThan(TenantAudit.SEGMENT_BYTES + 3 * 8192);
            assertThat(WrittenAudit.read(List.of(Files.readAllBytes(file)))
                            .chain()
                            .anchored())
                    .isTrue();
        }
        var chain = acme().chain();
        assertThat(acme().entries()).hasSize(1500);
        assertThat(chain.head().sequence() - chain.signedTo()).isLessThan(TenantAudit.UNSIGNED);
    }

    @Test
    @Tag("claim-R4")
    void oldestSegments_goWhenThereAreTooMany_andThatIsRecordedFirst() throws Exception {
        retention = Retention.of(400, 1);
        var open = open();
        fill(open, 0, 4000);
        var before = acme();
        open.tend(Set.of(ACME), _ -> {});
        var after = acme();
        assertThat(after.chain().anchored()).isTrue();
        assertThat(after.chain().first().sequence()).isGreaterThan(1);
        assertThat(WrittenAudit.files(audits.resolve("acme")).stream()
                        .mapToLong(file -> file.toFile().length())
                        .sum())
                .isLessThan(1 << 20);
        var last = after.entries().getLast().fact();
        assertThat(last.event()).isEqualTo(TenantEvent.AUDIT_RETIRED);
        long first = after.chain().first().sequence();
        assertThat(last.detail())
                .isEqualTo("records 1 to " + (first - 1) + ", head "
                        + after.chain().first().previous());
        assertThat(after.chain().head().sequence())
                .isEqualTo(before.chain().head().sequence() + 1);
        open.tend(Set.of(ACME), _ -> {});
        assertThat(acme().chain()).isEqualTo(after.chain());
    }

    @Test
    void segmentsOfAnotherTime_go_butNotTheNewest() throws Exception {
        retention = Retention.of(30, 16);
        var open = open();
        fill(open, 0, 700);
        now = now.plus(Duration.ofDays(20));
        fill(open, 700, 1400);
        open.tend(Set.of(ACME), _ -> {});
        assertThat(acme().chain().first().sequence()).isEqualTo(1);
        now = now.plus(Duration.ofDays(31));
        open.tend(Set.of(ACME), _ -> {});
        assertThat(acme().chain().first().sequence()).isGreaterThan(1);
        assertThat(acme().chain().first().time()).isEqualTo(Ceremony.NOW.plus(Duration.ofDays(20)));
        assertThat(WrittenAudit.files(audits.resolve("acme"))).hasSize(1);
    }

    /// A tenant's audit outlives the tenant for the retention; after that its head goes into the agent's own audit.
    @Test
    void auditOfATenantThatIsGone_isKept_andExpires() throws Exception {
        retention = Retention.of(30, 16);
        var open = open();
        fill(open, 0, 3);
        var gone = new ArrayList<String>();
        now = now.plus(Duration.ofDays(29));
        open.tend(Set.of(), gone::add);
        var head = acme().chain().head();
        assertThat(gone).isEmpty();
        now = now.plus(Duration.ofDays(31));
        open.tend(Set.of(ACME), gone::add);
        assertThat(gone).isEmpty();
        now = now.plus(Duration.ofDays(31));
        open.tend(Set.of(), gone::add);
        assertThat(gone).containsExactly("acme " + head.hash());
        assertThat(audits).isEmptyDirectory();
        fill(open, 0, 1);
        assertThat(acme().chain().lines()).isEqualTo(2);
        assertThat(complaints).isEmpty();
    }

    @Test
    @Tag("claim-R4")
    void auditThatCannotBeWritten_stopsNothing_andIsCounted() throws Exception {
        Files.writeString(dir.resolve("audits"), "in the way");
        var open = open();
        fill(open, 0, 2);
        assertThat(open.unwritten()).isEqualTo(2);
        assertThat(open.written()).isZero();
        assertThat(complaints).hasSize(1).allMatch(line -> line.startsWith("the audit of acme cannot be written: "));
    }

    @Test
    void pages_areTheWholeChain_andOneSinceAMomentBeginsWithACheckpoint() throws Exception {
        var open = open();
        fill(open, 0, 600);
        now = now.plus(Duration.ofDays(2));
        fill(open, 600, 900);
        var parts = new ArrayList<byte[]>();
        long next = 0;
        do {
            var page = open.read(ACME, next, Optional.empty(), 10_000);
            assertThat(page.first()).isEqualTo(Math.max(1, next));
            parts.add(page.lines().array());
            next = page.next();
        } while (next != 0);
        assertThat(parts).hasSizeGreaterThan(20).allMatch(part -> part.length <= 10_000);
        assertThat(WrittenAudit.read(parts).chain()).isEqualTo(acme().chain());

        var since = open.read(ACME, 0, Optional.of(now.minusSeconds(1)), 1 << 20);
        var read = WrittenAudit.read(List.of(since.lines().array()));
        assertThat(read.chain().anchored()).isTrue();
        assertThat(read.chain().first().time()).isBefore(now);
        assertThat(read.chain().first().sequence()).isGreaterThan(257);
        assertThat(read.entries().stream().filter(e -> e.position().time().equals(now)))
                .hasSize(300);
        assertThat(open.read(ACME, 1 << 20, Optional.empty(), 10_000).lines().length())
                .isZero();
        assertThat(open.read(new TenantId("nobody"), 0, Optional.empty(), 10_000))
                .isSameAs(AuditPage.NONE);
    }

    @Test
    void recordsOfManyThreads_areOneChain() throws Exception {
        var open = open();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 8; i++) {
                int number = i;
                threads.execute(() -> {
                    fill(open, number, number + 1);
                    fill(open, number, number + 4);
                });
            }
        }
        assertThat(acme().entries()).hasSize(40);
    }

    @Test
    void directoriesOfOthers_areLeftAlone() throws Exception {
        Files.createDirectories(audits.resolve("Not a tenant"));
        fill(open(), 0, 1);
        assertThat(open().tenants()).containsExactly(ACME);
    }
}
