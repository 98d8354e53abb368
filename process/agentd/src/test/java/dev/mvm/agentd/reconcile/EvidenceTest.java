package dev.mvm.agentd.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.hostd.FakeHostd;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.hostd.registry.MemoryFiles;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.store.NodeClocks;
import dev.mvm.protocol.trust.store.TrustStore;
import dev.mvm.protocol.trust.transparency.LogProof;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A coordinator that has signed two states that contradict each other.
final class EvidenceTest {
    private final HostFixture fixture = HostFixture.withSnapshots();
    private final FakeHostd hostd = new FakeHostd(fixture);
    private final Ceremony ceremony = fixture.ceremony;
    private final MemoryFiles files = new MemoryFiles();
    private final List<String> log = new ArrayList<>();
    private List<Digest> growth = List.of();
    private TrustStore trust;
    private StateDelivery delivery;

    @TempDir
    private Path dir;

    @BeforeEach
    void build() throws Exception {
        trust = TrustStore.open(
                new MemoryFiles(),
                new Verifier(new JdkEd25519()),
                ceremony.root(),
                Ceremony.NODE,
                NodeMode.DEV,
                new NodeClocks(() -> Ceremony.NOW, () -> 0),
                log::add);
        delivery = new StateDelivery(
                trust,
                hostd,
                new Observed(hostd, log::add),
                (_, _) -> growth,
                new StateDelivery.Listener((_, _) -> {}, () -> {}, new Evidence(files, log::add)),
                new AuditLog(dir, "agentd", () -> Ceremony.NOW, log::add, Optional.empty()),
                log::add);
    }

    private String taken(byte[] state) throws Exception {
        var proof = fixture.stateLog
                .proof(Bytes.of(state), ceremony.stateKey, trust.floor())
                .array();
        growth = LogProof.parse(proof).consistency();
        var grants = List.of(fixture.grant.envelope().array());
        return delivery.take(state, grants, proof).orElse("");
    }

    private byte[] first(int running) {
        return ceremony.signed(fixture.state(new Counts(running, 0, 0)));
    }

    private void kept(byte[] before, byte[] refused) {
        assertThat(files.content).containsOnlyKeys("before.dsse", "refused.dsse");
        assertThat(files.content.get("before.dsse")).isEqualTo(before);
        assertThat(files.content.get("refused.dsse")).isEqualTo(refused);
    }

    @Test
    @Tag("claim-T9")
    void secondStateOfASequence_isKeptWithTheFirst_andNoFurtherOnes() throws Exception {
        assertThat(taken(first(1))).isEmpty();
        assertThat(files.content).isEmpty();
        assertThat(taken(first(2))).isEqualTo("equivocation");
        kept(first(1), first(2));
        assertThat(taken(first(0))).isEqualTo("equivocation");
        kept(first(1), first(2));
    }

    /// hostd finds it, which has the keys that the key service has signed in its floor.
    @Test
    @Tag("claim-K2")
    @Tag("claim-T9")
    void anotherKeyUnderOneVersion_isRefused_andKept() throws Exception {
        var state = fixture.state(new Counts(1, 0, 0));
        assertThat(taken(ceremony.signed(state))).isEmpty();
        var second = ceremony.signed(next(state));
        assertThat(taken(second)).isEqualTo("hostd_key_equivocation");
        kept(ceremony.signed(state), second);
        assertThat(fixture.trust.floor().sequence()).isEqualTo(1);
    }

    private NodeState next(NodeState state) {
        return Ceremony.withKeys(state, 2, trust.floor().digest(), fixture.anotherSnapshotKey());
    }

    @Test
    void refusalForAnotherReason_keepsNothing() throws Exception {
        assertThat(delivery.take(first(1), List.of(), new byte[0])).isPresent();
        assertThat(files.content).isEmpty();
    }

    @Test
    void fullDisk_changesNoReason() throws Exception {
        assertThat(taken(first(1))).isEmpty();
        files.full = true;
        assertThat(taken(first(2))).isEqualTo("equivocation");
        assertThat(log).anyMatch(line -> line.startsWith("evidence of equivocation cannot be kept: "));
    }
}
