package dev.mvm.agentd.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.hostd.FakeHostd;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.hostd.registry.MemoryFiles;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.attack.Attack;
import dev.mvm.protocol.trust.attack.Attacks;
import dev.mvm.protocol.trust.attack.Position;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.store.NodeClocks;
import dev.mvm.protocol.trust.store.TrustStore;
import dev.mvm.protocol.trust.transparency.LogProof;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A coordinator that was taken over sends an agent, which has two states behind it, everything that is to be
/// refused.
final class AttackedAgentTest {
    private final FakeHostd hostd = new FakeHostd();
    private final Ceremony ceremony = hostd.fixture.ceremony;
    private final MemoryFiles files = new MemoryFiles();
    private final List<Verified<Grant>> grants = List.of(
            ceremony.verified(Ceremony.grant(Ceremony.DEMO, 0)), ceremony.verified(Ceremony.grant(Ceremony.SECOND, 1)));

    @TempDir
    private Path dir;

    private TrustStore trust;
    private AuditLog audit;
    private StateDelivery delivery;

    /// The coordinator's answer to the question for a consistency proof.
    private List<Digest> growth = List.of();

    @BeforeEach
    void twoStates() throws Exception {
        trust = TrustStore.open(
                files,
                new Verifier(new JdkEd25519()),
                ceremony.root(),
                Ceremony.NODE,
                NodeMode.DEV,
                new NodeClocks(() -> Ceremony.NOW, () -> 0),
                _ -> {});
        audit = new AuditLog(dir, "agentd", () -> Ceremony.NOW, _ -> {}, Optional.empty());
        delivery = new StateDelivery(
                trust,
                hostd,
                new Observed(hostd, _ -> {}),
                (_, _) -> growth,
                new StateDelivery.Listener((_, _) -> {}, () -> {}, new Evidence(new MemoryFiles(), _ -> {})),
                audit,
                _ -> {});
        var first = Ceremony.state(grants, new Counts(1, 0, 0));
        assertThat(take(ceremony.signed(first))).isEmpty();
        var second = new NodeState(
                first.node(),
                2,
                Optional.of(Digest.of(Payloads.of(first))),
                first.issuedAt(),
                first.expires(),
                first.grants(),
                first.tenants());
        assertThat(take(ceremony.signed(second))).isEmpty();
    }

    private Optional<String> take(byte[] state) throws IOException, RefusedException {
        var proof = proof(Bytes.of(state)).array();
        growth = LogProof.parse(proof).consistency();
        return delivery.take(state, envelopes(), proof);
    }

    private List<byte[]> envelopes() {
        return grants.stream().map(grant -> grant.envelope().array()).toList();
    }

    private Bytes proof(Bytes state) {
        return hostd.fixture.stateLog.proof(state, ceremony.stateKey, trust.floor());
    }

    @Test
    @Tag("claim-R1")
    @Tag("claim-T1")
    @Tag("claim-T2")
    @Tag("claim-T4")
    @Tag("claim-T9")
    void everyAttack_isRefusedNotedAndNotPassedOn() throws Exception {
        var position = new Position(trust.installed().orElseThrow().state(), grants);
        var attacks =
                Attacks.all(position, ceremony.stateKey, trust.floor().log().orElseThrow(), Ceremony.NOW);
        var floor = trust.floor();
        var before = files.all().keySet();
        hostd.asked.clear();
        for (var attack : attacks) {
            long noted = audit.refusals().getOrDefault(attack.reason().code(), 0L);
            assertThat(offer(attack)).as(attack.name()).contains(attack.reason().code());
            assertThat(audit.refusals())
                    .as(attack.name())
                    .containsEntry(attack.reason().code(), noted + 1);
            assertThat(trust.floor()).as(attack.name()).isEqualTo(floor);
        }
        assertThat(hostd.asked).noneMatch(HostOperation.Install.class::isInstance);
        assertThat(files.all().keySet()).isEqualTo(before);
    }

    private Optional<String> offer(Attack attack) throws IOException, RefusedException {
        var document = attack.envelope().array();
        if (attack.as().equals(DocumentType.ROOT)) {
            return delivery.takeRoots(List.of(document));
        }
        if (attack.as().equals(DocumentType.GRANT)) {
            var state = trust.installed().orElseThrow().state().envelope();
            var all = Stream.concat(envelopes().stream(), Stream.of(document)).toList();
            return delivery.take(state.array(), all, proof(state).array());
        }
        if (attack.aboutTheLog()) {
            growth = List.of();
            return delivery.take(document, envelopes(), attack.proof().array());
        }
        // with a proof that is good: what is refused is the state
        var proof = proof(attack.envelope()).array();
        growth = LogProof.parse(proof).consistency();
        return delivery.take(document, envelopes(), proof);
    }
}
