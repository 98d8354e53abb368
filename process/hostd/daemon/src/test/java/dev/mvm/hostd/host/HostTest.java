package dev.mvm.hostd.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class HostTest {
    private final HostFixture fixture = new HostFixture();

    private void refused(Refusal reason, HostOperation operation) {
        assertThat(fixture.perform(operation)).isEqualTo(reason.reply());
    }

    private void notBelieved(DocumentReason reason, HostOperation operation) {
        assertThat(fixture.perform(operation)).isEqualTo(new HostReply.Refused(new Label(reason.code())));
    }

    @Test
    void instance_livesItsWholeLife() {
        var id = fixture.running();
        assertThat(fixture.machines.alive()).containsExactly(id);
        fixture.done(new HostOperation.GuestPing(id));
        fixture.done(new HostOperation.PauseInstance(id));
        assertThat(fixture.stateOf(id)).contains(InstanceState.WARM);
        refused(Refusal.NOT_PERMITTED_NOW, new HostOperation.GuestPing(id));
        fixture.done(new HostOperation.ResumeInstance(id));
        assertThat(fixture.perform(new HostOperation.StopInstance(id, 1000)))
                .isEqualTo(new HostReply.Ended(HostReply.Ending.GUEST));
        assertThat(fixture.stateOf(id)).contains(InstanceState.STOPPED);
        refused(Refusal.NOT_PERMITTED_NOW, new HostOperation.StartInstance(id));
        fixture.done(new HostOperation.AttachDrives(id));
        fixture.done(new HostOperation.StartInstance(id));
        fixture.machines.guestPowersOff = false;
        assertThat(fixture.perform(new HostOperation.StopInstance(id, 0)))
                .isEqualTo(new HostReply.Ended(HostReply.Ending.KILLED));
        fixture.done(new HostOperation.DestroyInstance(id));
        assertThat(fixture.stateOf(id)).isEmpty();
        fixture.done(new HostOperation.DestroyInstance(id));
        assertThat(fixture.machines.alive()).isEmpty();
    }

    @Test
    @Tag("claim-H1")
    void withoutAState_nothingIsDone() {
        refused(Refusal.NO_STATE, new HostOperation.SetupNetwork(new NetId(0)));
        refused(Refusal.NO_STATE, HostFixture.plan(new InstanceId("i-00000001"), 3));
        refused(Refusal.UNKNOWN_INSTANCE, new HostOperation.StartInstance(new InstanceId("i-00000001")));
    }

    /// Unsigned, tampered, replayed, another node's, expired, beyond its grant: refused with a code of its own, and
    /// not a byte on disk has changed.
    @Test
    @Tag("claim-H1")
    void documentThatIsNotBelieved_changesNothing() {
        fixture.install(fixture.state(new Counts(1, 0, 0)));
        var second = numbered(2, fixture.trust.installed().orElseThrow().state().digest(), new Counts(2, 0, 0));
        fixture.done(fixture.install(fixture.ceremony.signed(second)));
        var before = snapshot();

        var first = fixture.state(new Counts(1, 0, 0));
        notBelieved(DocumentReason.REPLAYED, state(fixture.ceremony.signed(first)));
        notBelieved(DocumentReason.UNSIGNED, state(Ceremony.signed(DocumentType.NODE_STATE, Payloads.of(second))));
        notBelieved(
                DocumentReason.UNTRUSTED_KEY,
                state(Ceremony.signed(DocumentType.NODE_STATE, Payloads.of(second), fixture.ceremony.grantKey)));
        var latest = fixture.trust.installed().orElseThrow().state().digest();
        var third = numbered(3, latest, new Counts(2, 0, 0));
        var tampered = new String(fixture.ceremony.signed(third), java.nio.charset.StandardCharsets.US_ASCII)
                .replace("\"sig\":\"", "\"sig\":\"A");
        notBelieved(DocumentReason.MALFORMED, state(tampered.getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
        notBelieved(
                DocumentReason.EQUIVOCATION, state(fixture.ceremony.signed(numbered(2, latest, new Counts(3, 0, 0)))));
        notBelieved(
                DocumentReason.WRONG_NODE,
                state(fixture.ceremony.signed(new NodeState(
                        new dev.mvm.model.NodeId("n-two"),
                        3,
                        Optional.of(latest),
                        third.issuedAt(),
                        third.expires(),
                        third.grants(),
                        third.tenants()))));
        notBelieved(
                DocumentReason.EXPIRED,
                state(fixture.ceremony.signed(new NodeState(
                        Ceremony.NODE,
                        3,
                        Optional.of(latest),
                        Ceremony.NOW.minusSeconds(7200),
                        Ceremony.NOW,
                        third.grants(),
                        third.tenants()))));
        notBelieved(
                DocumentReason.BEYOND_GRANT_COUNT,
                state(fixture.ceremony.signed(numbered(3, latest, new Counts(11, 0, 0)))));
        notBelieved(
                DocumentReason.UNTRUSTED_KEY,
                new HostOperation.InstallGrant(Bytes.of(Ceremony.signed(
                        DocumentType.GRANT, Payloads.of(fixture.grant.value()), fixture.ceremony.stateKey))));

        assertThat(snapshot()).usingRecursiveComparison().isEqualTo(before);
        assertThat(fixture.trust.installed().orElseThrow().state().value()).isEqualTo(second);
    }

    private HostOperation state(byte[] envelope) {
        return fixture.install(envelope);
    }

    private NodeState numbered(long sequence, dev.mvm.model.Digest previous, Counts counts) {
        var base = fixture.state(counts);
        return new NodeState(
                Ceremony.NODE,
                sequence,
                Optional.of(previous),
                base.issuedAt(),
                base.expires(),
                base.grants(),
                base.tenants());
    }

    private Map<String, byte[]> snapshot() {
        var all = new TreeMap<String, byte[]>(fixture.trustFiles.content);
        all.putAll(fixture.registryFiles.content);
        return all;
    }

    @Test
    @Tag("claim-T5")
    void floorSurvivesARestart_andYesterdaysStateIsRefusedAgain() {
        fixture.install(fixture.state(new Counts(1, 0, 0)));
        var first = fixture.trust.installed().orElseThrow();
        fixture.done(state(fixture.ceremony.signed(numbered(2, first.state().digest(), new Counts(2, 0, 0)))));
        fixture.start();
        assertThat(fixture.trust.installed().orElseThrow().state().value().sequence())
                .isEqualTo(2);
        notBelieved(
                DocumentReason.REPLAYED,
                fixture.install(first.state().envelope().array()));
    }

    /// The floor is on disk before the state is: a crash between the two loses the state, never the floor.
    @Test
    @Tag("claim-T5")
    void crashBetweenFloorAndState_neverTakesTheNodeBack() {
        fixture.install(fixture.state(new Counts(1, 0, 0)));
        var first = fixture.trust.installed().orElseThrow();
        var oldState = fixture.trustFiles.content.get("state.dsse");
        fixture.done(state(fixture.ceremony.signed(numbered(2, first.state().digest(), new Counts(2, 0, 0)))));
        fixture.trustFiles.content.put("state.dsse", oldState);
        fixture.start();
        assertThat(fixture.trust.installed()).isEmpty();
        assertThat(fixture.log).anyMatch(line -> line.contains("the stored state is not believed: replayed"));
        notBelieved(
                DocumentReason.REPLAYED,
                fixture.install(first.state().envelope().array()));
        refused(Refusal.NO_STATE, HostFixture.plan(new InstanceId("i-00000001"), 3));
    }

    /// A VMM in an uninterruptible wait does not end. It is one tenant's, and keeps nobody else from being served.
    @Test
    @Tag("claim-H5")
    void vmThatDoesNotEnd_isStuck_andTheOthersAreServed() {
        var stuck = fixture.running();
        var other = new InstanceId("i-00000002");
        fixture.done(HostFixture.plan(other, 4));
        fixture.done(new HostOperation.AttachDrives(other));
        fixture.done(new HostOperation.StartInstance(other));
        fixture.machines.unkillable.add(stuck);
        assertThat(fixture.perform(new HostOperation.StopInstance(stuck, 0))).isInstanceOf(HostReply.Failed.class);
        fixture.start();
        assertThat(fixture.prolonged).isEqualTo(2); // a service manager ends a start that says nothing
        var record = fixture.registry.find(stuck).orElseThrow();
        assertThat(record.reason()).contains(new Label("stuck"));
        assertThat(record.intent()).contains(Intent.STOP);
        refused(Refusal.BUSY, new HostOperation.DestroyInstance(stuck));
        refused(Refusal.SLOT_TAKEN, HostFixture.plan(new InstanceId("i-00000003"), 3));
        fixture.done(new HostOperation.PauseInstance(other));
        fixture.unstick.run();
        refused(Refusal.BUSY, new HostOperation.DestroyInstance(stuck));
        fixture.machines.unkillable.clear();
        fixture.unstick.run();
        assertThat(fixture.stateOf(stuck)).contains(InstanceState.STOPPED);
        assertThat(fixture.registry.find(stuck).orElseThrow().reason()).isEmpty();
        fixture.done(new HostOperation.DestroyInstance(stuck));
    }

    @Test
    void vmThatEndsByItself_isStopped_withAReason() {
        var id = fixture.running();
        fixture.machines.die(id);
        fixture.host.ended(id);
        assertThat(fixture.registry.find(id).orElseThrow().reason()).contains(new Label("vmm_exited"));
        assertThat(fixture.stateOf(id)).contains(InstanceState.STOPPED);
    }

    @Test
    void startThatFails_leavesTheInstanceAsItWas() {
        fixture.install(fixture.state(new Counts(1, 0, 0)));
        fixture.done(new HostOperation.SetupNetwork(new NetId(0)));
        var id = new InstanceId("i-00000001");
        fixture.done(HostFixture.plan(id, 3));
        fixture.done(new HostOperation.AttachDrives(id));
        fixture.machines.failing = Optional.of("boot");
        assertThat(fixture.perform(new HostOperation.StartInstance(id)))
                .isEqualTo(new HostReply.Failed(new Label("boot"), 5));
        assertThat(fixture.stateOf(id)).contains(InstanceState.READY);
        assertThat(fixture.machines.alive()).isEmpty();
        fixture.machines.failing = Optional.empty();
        fixture.done(new HostOperation.AttachDrives(id));
        fixture.done(new HostOperation.StartInstance(id));
    }

    @Test
    @Tag("claim-H7")
    void artefactThatIsMissingOrDiffers_isRefused() {
        fixture.install(fixture.state(new Counts(1, 0, 0)));
        var id = new InstanceId("i-00000001");
        fixture.done(HostFixture.plan(id, 3));
        for (var refusal : new Refusal[] {Refusal.ARTEFACT_MISSING, Refusal.ARTEFACT_DIFFERS}) {
            fixture.machines.artefacts = Optional.of(refusal);
            refused(refusal, new HostOperation.AttachDrives(id));
        }
        refused(Refusal.NOT_PERMITTED_NOW, new HostOperation.StartInstance(id));
    }

    @Test
    void networkThatWasNotSetUp_startsNothing() {
        fixture.install(fixture.state(new Counts(1, 0, 0)));
        var id = new InstanceId("i-00000001");
        fixture.done(HostFixture.plan(id, 3));
        fixture.done(new HostOperation.AttachDrives(id));
        refused(Refusal.NO_NETWORK, new HostOperation.StartInstance(id));
    }

    /// An attach takes as long as a volume takes to grow; what is decided meanwhile counts it.
    @Test
    @Tag("claim-H1")
    void attachThatIsUnderWay_countsAgainstTheQuotaOfDisk() {
        var plain = Ceremony.grant(Ceremony.DEMO, 0);
        fixture.grant = fixture.ceremony.verified(new Grant(
                plain.tenant(),
                plain.version(),
                plain.network(),
                plain.notBefore(),
                plain.expires(),
                new Quotas(20, 5120, 10, 10, 4, 10, 15, Quotas.UNLIMITED),
                plain.pools(),
                plain.runtimes(),
                plain.keys(),
                NodeMode.DEV));
        fixture.install(fixture.state(new Counts(2, 0, 0)));
        var first = new InstanceId("i-00000001");
        var second = new InstanceId("i-00000002");
        fixture.done(HostFixture.plan(first, 3));
        fixture.done(HostFixture.plan(second, 4));
        fixture.done(fixture.install(
                fixture.ceremony.signed(larger(fixture.trust.installed().orElseThrow()))));
        fixture.machines.attaching = () -> {
            fixture.machines.attaching = () -> {};
            refused(Refusal.QUOTA_EXCEEDED, new HostOperation.AttachDrives(second));
            fixture.machines.artefacts = Optional.of(Refusal.ARTEFACT_MISSING);
        };
        refused(Refusal.ARTEFACT_MISSING, new HostOperation.AttachDrives(first));
        fixture.machines.artefacts = Optional.empty();
        fixture.done(new HostOperation.AttachDrives(second)); // the first has taken nothing
        refused(Refusal.QUOTA_EXCEEDED, new HostOperation.AttachDrives(first));
    }

    /// The state after `now`, with one instance that has 10 GiB.
    private static NodeState larger(InstalledState now) {
        var state = now.state().value();
        var tenant = state.tenants().getFirst();
        var pool = tenant.pools().getFirst();
        var grown = new NodeState.Pool(
                pool.pool(),
                pool.revision(),
                new Resources(1, 128, 10),
                new Counts(1, 0, 0),
                pool.flags(),
                Rates.UNLIMITED);
        return new NodeState(
                state.node(),
                state.sequence() + 1,
                Optional.of(now.state().digest()),
                state.issuedAt(),
                state.expires(),
                state.grants(),
                List.of(new NodeState.Tenant(
                        tenant.tenant(), tenant.network(), tenant.quotas(), List.of(grown), tenant.keys())));
    }

    @Test
    void fullDisk_changesNothingAndSaysSo() {
        fixture.install(fixture.state(new Counts(1, 0, 0)));
        fixture.registryFiles.full = true;
        assertThat(fixture.perform(HostFixture.plan(new InstanceId("i-00000001"), 3)))
                .isEqualTo(new HostReply.Failed(new Label("state_directory"), 0));
        assertThat(fixture.registry.all()).isEmpty();
    }

    @Test
    @Tag("claim-H5")
    void onAFullDisk_anInstanceCanBeDestroyed() {
        var id = fixture.running();
        fixture.registryFiles.withoutRoom = true;
        assertThat(fixture.perform(new HostOperation.DestroyInstance(id))).isEqualTo(new HostReply.Done());
        assertThat(fixture.registry.all()).isEmpty();
        assertThat(fixture.machines.state(id)).isEmpty();
        assertThat(fixture.log).anyMatch(line -> line.endsWith("destroy goes on unrecorded: no space left"));
    }

    @Test
    @Tag("claim-H5")
    void onAFullDisk_aMachineEndsWhenItIsStopped_andIsStoppedOnceThereIsRoom() {
        var id = fixture.running();
        fixture.registryFiles.withoutRoom = true;
        var stop = new HostOperation.StopInstance(id, 0);
        assertThat(fixture.perform(stop)).isEqualTo(new HostReply.Failed(new Label("state_directory"), 0));
        assertThat(fixture.machines.state(id)).isEmpty();
        fixture.registryFiles.withoutRoom = false;
        assertThat(fixture.perform(stop)).isInstanceOf(HostReply.Ended.class);
        assertThat(fixture.registry.find(id).orElseThrow().state()).isEqualTo(InstanceState.STOPPED);
    }

    private Optional<Refusal> handOver(HostOperation.HandOver o) {
        try (var agent = Fd.open(Path.of("/dev/null"))) {
            return fixture.host.handOver(o, Bytes.EMPTY, agent);
        } catch (ErrnoException e) {
            throw new AssertionError(e);
        }
    }

    /// In each state of an instance: a VM that has ended has printed why.
    @Test
    @Tag("claim-G7")
    void logs_followTheFlag_andAreReadInEachState() {
        var id = fixture.running();
        var logs = new HostOperation.GuestLogs(id, true);
        assertThat(handOver(logs)).isEmpty();
        assertThat(fixture.machines.handedOver).containsExactly(logs);
        fixture.done(new HostOperation.PauseInstance(id));
        assertThat(handOver(logs)).isEmpty();
        assertThat(fixture.perform(new HostOperation.StopInstance(id, 0))).isInstanceOf(HostReply.Ended.class);
        assertThat(handOver(logs)).isEmpty();
        fixture.machines.handsOver = false;
        assertThat(handOver(logs)).contains(Refusal.GUEST_UNREACHABLE);
        fixture.done(new HostOperation.DestroyInstance(id));
        assertThat(handOver(logs)).contains(Refusal.UNKNOWN_INSTANCE);
        assertThat(fixture.audited())
                .filteredOn(line -> line.contains("\"guest_logs\""))
                .isNotEmpty();
    }

    @Test
    @Tag("claim-H8")
    void execRefusal_followsStateAndFlags() {
        var id = fixture.running();
        var exec = new HostOperation.GuestExec(id, Bytes.EMPTY);
        assertThat(handOver(exec)).isEmpty();
        fixture.done(new HostOperation.PauseInstance(id));
        assertThat(handOver(exec)).contains(Refusal.NOT_PERMITTED_NOW);
        fixture.done(new HostOperation.DestroyInstance(id));
        assertThat(handOver(exec)).contains(Refusal.UNKNOWN_INSTANCE);
    }

    @Test
    @Tag("claim-R6")
    void execLeavesReceipts_whichNoFloodOfThemFillsTheDiskWith() {
        var id = fixture.running();
        var exec = new HostOperation.GuestExec(id, Bytes.EMPTY);
        for (int i = 0; i < 1000; i++) {
            assertThat(handOver(exec)).isEmpty();
        }
        var address = fixture.registry.find(id).orElseThrow().address().toString();
        assertThat(fixture.audited())
                .filteredOn(line -> line.contains("\"guest_exec\""))
                .hasSize(4)
                .allMatch(line -> line.contains("\"" + address + "\"") && line.contains("\"noted\""))
                .last()
                .asString()
                .contains("\"count\":1000");
    }

    /// An agent may have anything refused as often as it likes.
    @Test
    @Tag("claim-R6")
    void execLeavesAReceipt_howeverManyRefusalsThereWereBefore() {
        var id = fixture.running();
        for (int i = 0; i < 2 * AuditLog.MAX_DISTINCT; i++) {
            fixture.host.refused("guest_exec", "some", "detail " + i);
        }
        assertThat(handOver(new HostOperation.GuestExec(id, Bytes.EMPTY))).isEmpty();
        assertThat(fixture.audited())
                .last()
                .asString()
                .contains("\"guest_exec\"")
                .contains("\"noted\"");
    }
}
