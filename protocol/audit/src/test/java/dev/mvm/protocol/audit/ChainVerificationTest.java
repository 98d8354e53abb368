package dev.mvm.protocol.audit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.json.JsonException;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.property.Property;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// An attacker who can write to a tenant's audit tries to change its meaning.
final class ChainVerificationTest {
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
    private static final NodeId NODE = new NodeId("n-one");
    private static final TenantId TENANT = new TenantId("acme");
    private static final int SIGNED = 5;

    private NodeCredential.Authority fleet;
    private NodeCredential credential;
    private List<byte[]> lines;

    /// Nine lines, the fifth and the last of them checkpoints.
    @BeforeEach
    void write() throws Exception {
        fleet = NodeCredential.Authority.create(NOW);
        credential = fleet.issue(NODE, NOW);
        lines = chain(credential, 9);
    }

    private static Fact fact(long number) {
        return new Fact(
                TenantEvent.INSTANCE_STARTED,
                Phase.DECIDED,
                "reconcile",
                "acme/web/i-0000000" + number,
                Optional.of(PlanHash.of("start_instance", "acme/web/i-0000000" + number)),
                number,
                "",
                "");
    }

    private static List<byte[]> chain(NodeCredential credential, int count) throws Exception {
        var out = new ArrayList<byte[]>();
        var head = Head.EMPTY;
        for (int i = 1; i <= count; i++) {
            var position = Position.after(head, NODE, TENANT, NOW.plusSeconds(i));
            boolean sign = i == SIGNED || i == count;
            var line = sign ? credential.sign(position) : new AuditRecord.Entry(position, fact(i));
            out.add(line.bytes());
            head = head.after(line.bytes());
        }
        return out;
    }

    private ChainVerification verification(Optional<Digest> known) {
        return new ChainVerification(new CheckpointVerification(Optional.of(fleet.certificate())), known, _ -> {});
    }

    /// Number of the first bad line and what is wrong with it, or empty.
    private Optional<String> verify(List<byte[]> changed) {
        var verification = verification(Optional.empty());
        for (int i = 0; i < changed.size(); i++) {
            var complaint = verification.complaint(changed.get(i));
            if (complaint.isPresent()) {
                return Optional.of((i + 1) + ": " + complaint.get());
            }
        }
        return Optional.empty();
    }

    private List<byte[]> with(int index, byte[] line) {
        var changed = new ArrayList<>(lines);
        changed.set(index, line);
        return changed;
    }

    private static byte[] replaced(byte[] line, String what, String by) {
        var text = new String(line, US_ASCII);
        assertThat(text).contains(what);
        return text.replace(what, by).getBytes(US_ASCII);
    }

    @Test
    void whatAnAgentWrote_isIntact() {
        var entries = new ArrayList<AuditRecord.Entry>();
        var verification = new ChainVerification(
                new CheckpointVerification(Optional.of(fleet.certificate())), Optional.empty(), entries::add);
        lines.forEach(line -> assertThat(verification.complaint(line)).isEmpty());
        var chain = verification.chain().orElseThrow();
        assertThat(chain.lines()).isEqualTo(9);
        assertThat(chain.anchored()).isTrue();
        assertThat(chain.signedTo()).isEqualTo(9);
        assertThat(chain.signatures()).isEqualTo(2);
        assertThat(chain.head()).isEqualTo(new Head(9, Digest.of(lines.getLast())));
        assertThat(entries).hasSize(7).allMatch(entry -> entry.fact().phase() == Phase.DECIDED);
    }

    @Test
    @Tag("claim-R4")
    void otherCharacter_isFound() {
        for (int i = 0; i < lines.size(); i++) {
            for (int at = i; at < lines.get(i).length; at += 9) {
                var line = lines.get(i).clone();
                line[at] = (byte) (line[at] == 'x' ? 'y' : 'x');
                assertThat(verify(with(i, line)))
                        .as("line %d, character %d", i + 1, at)
                        .isPresent();
            }
        }
    }

    @Test
    @Tag("claim-R4")
    void recordInGoodSpellingThatSaysSomethingElse_isFound() {
        var changed = replaced(lines.get(2), "\"phase\":\"decided\"", "\"phase\":\"refused\"");
        assertThat(verify(with(2, changed)))
                .contains("4: the record before it was altered: its hash is not what record 4 says");
    }

    @Test
    @Tag("claim-R4")
    void removedInsertedAndMovedLines_areFound() {
        for (int i = 1; i < lines.size() - 1; i++) {
            var removed = new ArrayList<>(lines);
            removed.remove(i);
            assertThat(verify(removed)).contains((i + 1) + ": record " + (i + 2) + " where " + (i + 1) + " should be");
            var twice = new ArrayList<>(lines);
            twice.add(i, lines.get(i));
            assertThat(verify(twice)).contains((i + 2) + ": record " + (i + 1) + " where " + (i + 2) + " should be");
        }
        var moved = new ArrayList<>(lines);
        Collections.swap(moved, 2, 6);
        assertThat(verify(moved)).contains("3: record 7 where 3 should be");
    }

    /// An attacker who can write the file can recompute every hash, but has no node key for a checkpoint.
    @Test
    @Tag("claim-R4")
    void chainWrittenAnew_isFoundByItsCheckpoints() throws Exception {
        var stranger = NodeCredential.Authority.create(NOW);
        assertThat(verify(chain(stranger.issue(NODE, NOW), 9)))
                .contains("5: the checkpoint: its certificate or signature is not good");
        assertThat(verify(chain(fleet.issue(new NodeId("n-two"), NOW), 9)))
                .contains("5: the checkpoint: its certificate is not one of node n-one");
        assertThat(verify(chain(fleet.issue("spiffe://mvm/operator/n-one", NOW, Duration.ofDays(1)), 9)))
                .contains("5: the checkpoint: its certificate is not one of node n-one");
        assertThat(verify(chain(fleet.issue("", NOW, Duration.ofDays(1)), 9)))
                .contains("5: the checkpoint: its certificate is not one of node n-one");
        assertThat(verify(chain(
                        fleet.issue("spiffe://mvm/node/n-one", NOW.minus(Duration.ofDays(2)), Duration.ofDays(1)), 9)))
                .contains("5: the checkpoint: its certificate was not valid at that time");
    }

    @Test
    @Tag("claim-R4")
    void checkpointOfAnotherPlace_isFound() throws Exception {
        var head = Head.EMPTY.after(lines.getFirst());
        var here = Position.after(head, NODE, TENANT, NOW);
        var elsewhere = credential.sign(Position.after(Head.EMPTY, NODE, TENANT, NOW));
        var forged = new AuditRecord.Checkpoint(here, elsewhere.certificate(), elsewhere.signature());
        assertThat(verify(List.of(lines.getFirst(), forged.bytes())))
                .contains("2: the checkpoint: its signature is not that of its certificate's key");
        var unsigned = new AuditRecord.Checkpoint(here, elsewhere.certificate(), Bytes.EMPTY);
        assertThat(verify(List.of(lines.getFirst(), unsigned.bytes()))).isPresent();
        var bare = new AuditRecord.Checkpoint(here, Bytes.of(new byte[] {1, 2}), elsewhere.signature());
        assertThat(verify(List.of(lines.getFirst(), bare.bytes())))
                .contains("2: the checkpoint: its certificate is invalid");
    }

    @Test
    @Tag("claim-R4")
    void lineOfAnotherTenantOrNode_isFound() {
        var head = Head.EMPTY.after(lines.getFirst());
        var other = new AuditRecord.Entry(Position.after(head, NODE, new TenantId("other"), NOW), fact(2));
        assertThat(verify(List.of(lines.getFirst(), other.bytes())))
                .contains("2: a record of n-one/other among those of n-one/acme");
        var node = new AuditRecord.Entry(Position.after(head, new NodeId("n-two"), TENANT, NOW), fact(2));
        assertThat(verify(List.of(lines.getFirst(), node.bytes())))
                .contains("2: a record of n-two/acme among those of n-one/acme");
    }

    @Test
    @Tag("claim-R4")
    void removedEnd_isFoundByAHeadThatWasKept() {
        var known = Digest.of(lines.getLast());
        var whole = verification(Optional.of(known));
        lines.forEach(line -> assertThat(whole.complaint(line)).isEmpty());
        assertThat(whole.knownIsMissing()).isFalse();
        var cut = verification(Optional.of(known));
        lines.subList(0, 7).forEach(line -> assertThat(cut.complaint(line)).isEmpty());
        assertThat(cut.knownIsMissing()).isTrue();
        assertThat(cut.chain().orElseThrow().signedTo()).isEqualTo(SIGNED);
    }

    @Test
    void chainWithoutItsOldestLines_isAnchoredOnlyByACheckpoint() {
        for (int from = 0; from < 9; from++) {
            var verification = verification(Optional.empty());
            lines.subList(from, 9)
                    .forEach(line -> assertThat(verification.complaint(line)).isEmpty());
            boolean anchored = from == 0 || from == SIGNED - 1 || from == 8;
            assertThat(verification.chain().orElseThrow().anchored())
                    .as("from %d", from)
                    .isEqualTo(anchored);
        }
        assertThat(verification(Optional.empty()).chain()).isEmpty();
    }

    @Test
    void lineWithoutItsEnd_isFound() {
        var line = lines.getFirst();
        assertThat(verify(List.of(java.util.Arrays.copyOf(line, line.length - 1))))
                .contains("1: the line is cut off");
        assertThat(verify(List.of(new byte[0]))).contains("1: the line is cut off");
        assertThat(verify(List.of(new byte[AuditRecord.MAX_BYTES + 1]))).contains("1: the line is too long");
    }

    @Test
    void hostileTexts_stayOnOneLine_andAreCut() throws Exception {
        Property.holds(300, draw -> {
            var said = draw.text(0, 400, "ab\"\\\n\u0000é\u2028 {}");
            var fact = new Fact(
                    draw.of(List.of(TenantEvent.values())),
                    draw.of(List.of(Phase.values())),
                    said,
                    said,
                    Optional.empty(),
                    draw.between(0, Long.MAX_VALUE),
                    said,
                    said);
            var line = new AuditRecord.Entry(Position.after(Head.EMPTY, NODE, TENANT, NOW), fact);
            assertThat(new String(line.bytes(), US_ASCII)).matches("[ -~]+\n");
            assertThat(line.bytes()).hasSizeLessThan(AuditRecord.MAX_BYTES);
            assertThat(AuditRecord.parse(line.bytes())).isEqualTo(line);
        });
    }

    @Test
    void impossibleValues_areRefused() {
        assertThatThrownBy(() -> new Position(NODE, TENANT, 0, NOW, Head.EMPTY.hash()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Fact.noted(TenantEvent.POOL_BUILT, "state", "", -1, ""))
                .isInstanceOf(IllegalArgumentException.class);
        for (var bad : List.of("\"schema\":1", "\"event\":\"nothing\"", "\"phase\":\"maybe\"", "\"time\":\"noon\"")) {
            var line = new String(lines.getFirst(), US_ASCII)
                    .replaceFirst(bad.replaceFirst(":.*", ":") + "(\"[^\"]*\"|[0-9]+)", bad);
            assertThatThrownBy(() -> AuditRecord.parse(line.getBytes(US_ASCII)))
                    .as(bad)
                    .isInstanceOf(JsonException.class);
        }
    }

    /// Root's receipts are joined by this, so it never changes.
    @Test
    void planHash_isFixed() {
        assertThat(PlanHash.of("sleep_instance", "acme/web/i-00000001"))
                .isEqualTo(Digest.of("mvm plan v1\nsleep_instance\nacme/web/i-00000001\n".getBytes(US_ASCII)));
    }

    @FuzzTest(maxDuration = "10s")
    void arbitraryLine_writesItselfBack_orIsRefused(byte[] line) {
        try {
            assertThat(AuditRecord.parse(line).bytes()).isEqualTo(line);
        } catch (JsonException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }
}
