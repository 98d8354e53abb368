package dev.mvm.agentd.reconcile;

import static java.nio.charset.StandardCharsets.US_ASCII;
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
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.store.NodeClocks;
import dev.mvm.protocol.trust.store.TrustStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Documents from a coordinator that was taken over: none reaches hostd, and each leaves a trace.
final class StateDeliveryTest {
    private final FakeHostd hostd = new FakeHostd();
    private final Ceremony ceremony = hostd.fixture.ceremony;
    private final List<String> log = new ArrayList<>();

    @TempDir
    private Path dir;

    private final List<InstalledState> believed = new ArrayList<>();
    private final AtomicInteger wakes = new AtomicInteger();
    private TrustStore trust;
    private Observed observed;
    private AuditLog audit;
    private StateDelivery delivery;

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
        audit = new AuditLog(dir, "agentd", () -> Ceremony.NOW, log::add, Optional.empty());
        observed = new Observed(hostd, log::add);
        var listener = new StateDelivery.Listener(
                (_, after) -> believed.add(after), wakes::incrementAndGet, new Evidence(new MemoryFiles(), log::add));
        observed.listen(wakes::incrementAndGet); // as the reconciler does
        delivery = new StateDelivery(trust, hostd, observed, (_, _) -> List.of(), listener, audit, log::add);
    }

    private byte[] grant() {
        return hostd.fixture.grant.envelope().array();
    }

    private byte[] proof(byte[] state) {
        return hostd.fixture
                .stateLog
                .proof(Bytes.of(state), ceremony.stateKey, trust.floor())
                .array();
    }

    private void noted(String action, byte[] document, String reason) throws Exception {
        assertThat(Files.readString(dir.resolve("audit-000000000001.jsonl")).lines())
                .last()
                .asString()
                .contains(
                        "\"daemon\":\"agentd\",\"action\":\"%s\",\"subject\":\"%s\",\"result\":\"refused\",\"reason\":\"%s\""
                                .formatted(action, Digest.of(document), reason));
        assertThat(audit.refusals()).containsEntry(reason, 1L);
        assertThat(hostd.asked).noneMatch(HostOperation.Install.class::isInstance);
        assertThat(trust.installed()).isEmpty();
    }

    @Test
    void believedState_isPassedOn_andLeavesNoRefusal() throws Exception {
        var state = ceremony.signed(hostd.fixture.state(new Counts(1, 0, 0)));
        assertThat(delivery.take(state, List.of(grant()), proof(state))).isEmpty();
        assertThat(hostd.fixture.trust.installed()).isPresent();
        assertThat(audit.refusals()).isEmpty();
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void eachArrival_wakesTheReconcilerOnce_howeverItEnds() throws Exception {
        var state = ceremony.signed(hostd.fixture.state(new Counts(1, 0, 0)));
        assertThat(delivery.take(state, List.of(grant()), new byte[0])).contains("not_logged");
        assertThat(wakes).as("refused here").hasValue(1);
        assertThat(believed).isEmpty();
        hostd.reachable(false);
        assertThat(delivery.take(state, List.of(grant()), proof(state))).contains("hostd_unreachable");
        assertThat(wakes).as("kept for hostd").hasValue(2);
        assertThat(believed).hasSize(1);
        hostd.reachable(true);
        assertThat(delivery.takeRoots(List.of(ceremony.root().envelope().array())))
                .isEmpty();
        assertThat(wakes).as("by a change of the observation").hasValue(3);
    }

    @Test
    void hostdThatIsBehind_isGivenTheStateInForce_whichWakesTheReconcilerOnce() throws Exception {
        var state = ceremony.signed(hostd.fixture.state(new Counts(1, 0, 0)));
        hostd.reachable(false);
        assertThat(delivery.take(state, List.of(grant()), proof(state))).contains("hostd_unreachable");
        hostd.reachable(true);
        assertThat(observed.refresh()).isTrue();
        wakes.set(0);
        delivery.bringUpToDate();
        assertThat(hostd.fixture.trust.installed()).isPresent();
        assertThat(wakes).hasValue(1);
        delivery.bringUpToDate();
        assertThat(wakes).as("nothing is left to give").hasValue(1);
    }

    @Test
    @Tag("claim-R1")
    void stateByAStranger_isNotPassedOn_andNoted() throws Exception {
        var state = new Ceremony().signed(hostd.fixture.state(new Counts(1, 0, 0)));
        assertThat(delivery.take(state, List.of(grant()), proof(state))).contains("untrusted_key");
        noted("install_state", state, "untrusted_key");
    }

    @Test
    @Tag("claim-R1")
    void stateBeyondItsGrant_isNotPassedOn_andNoted() throws Exception {
        var state = ceremony.signed(hostd.fixture.state(new Counts(11, 0, 0)));
        assertThat(delivery.take(state, List.of(grant()), proof(state))).contains("beyond_grant_count");
        noted("install_state", state, "beyond_grant_count");
    }

    @Test
    @Tag("claim-R1")
    void stateWithoutAProof_isNotPassedOn_andNoted() throws Exception {
        var state = ceremony.signed(hostd.fixture.state(new Counts(1, 0, 0)));
        assertThat(delivery.take(state, List.of(grant()), new byte[0])).contains("not_logged");
        noted("install_state", state, "not_logged");
    }

    @Test
    @Tag("claim-R1")
    void grantByTheWrongKey_isNotPassedOn_andNoted() throws Exception {
        var state = ceremony.signed(hostd.fixture.state(new Counts(1, 0, 0)));
        var grant = Ceremony.signed(DocumentType.GRANT, Payloads.of(hostd.fixture.grant.value()), ceremony.stateKey);
        assertThat(delivery.take(state, List.of(grant), proof(state))).contains("untrusted_key");
        noted("install_grant", grant, "untrusted_key");
    }

    @Test
    @Tag("claim-R1")
    void rootThatDoesNotFollow_isNotPassedOn_andNoted() throws Exception {
        var root = Ceremony.signed(DocumentType.ROOT, Payloads.of(ceremony.rootDocument(5)), ceremony.rootKey);
        assertThat(delivery.takeRoots(List.of(root))).contains("root_version");
        noted("install_root", root, "root_version");
    }

    /// A refusal that repeats is recorded at 1, 10, 100 and so on.
    @Test
    @Tag("claim-R2")
    void floodOfStates_isBounded() throws Exception {
        var junk = "{}".getBytes(US_ASCII);
        for (int i = 0; i < 10_000; i++) {
            assertThat(delivery.take(junk, List.of(), junk)).isEqualTo(Optional.of("malformed"));
        }
        assertThat(Files.readAllLines(dir.resolve("audit-000000000001.jsonl"))).hasSize(5);
        assertThat(audit.refusals()).containsEntry("malformed", 10_000L);
    }
}
