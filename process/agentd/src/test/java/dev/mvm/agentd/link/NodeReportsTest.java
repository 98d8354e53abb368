package dev.mvm.agentd.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.credential.CertificateStatus;
import dev.mvm.agentd.credential.RenewalFault;
import dev.mvm.agentd.execute.RoundResult;
import dev.mvm.agentd.hostd.FakeHostd;
import dev.mvm.agentd.hostd.RunDirectory;
import dev.mvm.agentd.memory.MemoryUse;
import dev.mvm.agentd.plan.States;
import dev.mvm.agentd.reconcile.ManualHolds;
import dev.mvm.agentd.reconcile.Observed;
import dev.mvm.hostd.host.Changes;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.registry.MemoryFiles;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.Resources;
import dev.mvm.protocol.control.v1.KeyUse;
import dev.mvm.protocol.control.v1.Node;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.audit.AuditLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NodeReportsTest {
    private final FakeHostd hostd = new FakeHostd();
    private final Observed observed = new Observed(hostd, _ -> {});

    @TempDir
    private Path dir;

    private CertificateStatus certificate =
            new CertificateStatus(Instant.parse("2026-12-30T00:00:00Z"), Optional.empty());
    private Optional<Bytes> attestation = Optional.empty();
    private NodeReports reports;

    @BeforeEach
    void build() throws Exception {
        reports = new NodeReports(
                new NodeReports.Self(
                        NodeFacts.read(new NodeId("n-1")),
                        NodeMode.HARDENED,
                        () -> certificate,
                        new MemoryUse(dir),
                        () -> attestation),
                new RunDirectory(dir.resolve("hostd.sock")),
                new Health(hostd, observed, () -> {}),
                ManualHolds.open(new MemoryFiles()),
                new AuditLog(dir, "agentd", InstantSource.system(), _ -> {}, Optional.empty()),
                () -> RoundResult.UNREACHABLE);
    }

    private Node said() {
        return reports.hello(observed.latest(), hostd.fixture.trust).getHello().getNode();
    }

    /// A coordinator sends challenges to no other node.
    @Test
    void hello_saysWhetherTheNodeTakesKeyBlobs() {
        var hello = reports.hello(observed.latest(), hostd.fixture.trust).getHello();
        assertThat(hello.getTakesKeyBlobs()).isFalse();
        assertThat(hello.getAttestationKey().isEmpty()).isTrue();
        attestation = Optional.of(Bytes.of(new byte[] {7}));
        hello = reports.hello(observed.latest(), hostd.fixture.trust).getHello();
        assertThat(hello.getTakesKeyBlobs()).isTrue();
        assertThat(hello.getAttestationKey().toByteArray()).containsExactly(7);
    }

    @Test
    void certificate_isReported_andWhyItWasNotRenewed() {
        assertThat(said().getCertificateExpires()).isEqualTo("2026-12-30T00:00:00Z");
        assertThat(said().getCertificateFault()).isEmpty();
        certificate = new CertificateStatus(certificate.expires(), Optional.of(RenewalFault.REFUSED));
        assertThat(said().getCertificateFault()).isEqualTo("refused");
    }

    @Test
    void nodeThatSeesNoMemoryPressure_saysSo() throws Exception {
        observed.refresh();
        assertThat(said().getLimitsList())
                .contains("memory pressure is not seen: no instance is put to sleep because of it");
        Files.writeString(dir.resolve("memory.pressure"), "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
        assertThat(said().getLimitsList()).noneMatch(limit -> limit.contains("memory pressure"));
    }

    @Test
    @Tag("claim-P6")
    void whileHostdIsAway_theNodeIsOutOfService_andSaysWhatHostdHasSaid() throws Exception {
        assertThat(said().getMode()).isEqualTo("hardened");
        assertThat(said().getOutOfServiceList()).singleElement().asString().startsWith("hostd does not answer; ");
        var file = dir.resolve("hostd.out-of-service");
        Files.writeString(file, "jailer: it is not there; do this\nroom: 3 MiB are free; do that\n");
        assertThat(said().getOutOfServiceList())
                .containsExactly("jailer: it is not there; do this", "room: 3 MiB are free; do that");
        observed.refresh();
        assertThat(said().getOutOfServiceList()).as("hostd answers").isEmpty();
    }

    @Test
    void instanceThatHasMemoryAndThatTheStateDoesNotName_isReportedWithTheReason() throws Exception {
        var id = hostd.fixture.running();
        observed.refresh();
        var trust = hostd.fixture.trust;
        var other = Optional.of(States.of(Set.of(), new Counts(1, 0, 0)));
        assertThat(reports.instance(only(), trust.installed()).getReason()).isEmpty();
        assertThat(reports.instance(only(), other).getReason()).isEqualTo("not_in_state");
        assertThat(reports.instance(only(), Optional.empty()).getReason())
                .as("before the first state nothing is said")
                .isEmpty();
        assertThat(hostd.fixture.perform(new HostOperation.StopInstance(id, 0))).isInstanceOf(HostReply.Ended.class);
        observed.refresh();
        assertThat(reports.instance(only(), other).getReason()).isEmpty();
    }

    /// So that the coordinator has another round begin once hostd has no keys.
    @Test
    void periodOfHostdsKeys_isReported() throws Exception {
        hostd.fixture.enrol();
        hostd.fixture.start();
        observed.refresh();
        assertThat(keyPeriod()).isZero();
        hostd.fixture.bringKeys();
        observed.refresh();
        assertThat(keyPeriod()).isEqualTo(1);
        hostd.fixture.start();
        observed.refresh();
        assertThat(keyPeriod()).isZero();
    }

    /// The coordinator tells operators from it what is lost with a key, so a version is that of the state in force or
    /// none.
    @Test
    void versionThatASnapshotLiesUnder_isReported_unlessItMayBeBehind() throws Exception {
        var fixture = HostFixture.withSnapshots();
        var id = fixture.running();
        assertThat(keys(fixture, fixture.trust.installed())).as("it runs").isEmpty();
        fixture.done(new HostOperation.SleepInstance(id, true));
        var first = fixture.trust.installed();
        assertThat(keys(fixture, first)).containsExactly(use("snapshot", "snap", 1));
        fixture.machines.rekeying = _ -> false;
        fixture.rotateSnapshotKey();
        fixture.done(fixture.next(new Counts(1, 1, 1)));
        var second = fixture.trust.installed();
        assertThat(keys(fixture, second)).as("it has not followed").containsExactly(use("snapshot", "", 0));
        fixture.machines.rekeying = _ -> true;
        fixture.bringKeys();
        assertThat(keys(fixture, second)).containsExactly(use("snapshot", "snap", 2));
        assertThat(keys(fixture, first)).as("hostd has another state").containsExactly(use("snapshot", "", 0));
        assertThat(keys(fixture, Optional.empty())).containsExactly(use("snapshot", "", 0));
    }

    private List<KeyUse> keys(HostFixture fixture, Optional<InstalledState> installed) throws StepException {
        var seen = fixture.observer(new Changes()).report(0);
        return reports.report(seen, installed).getReport().getInstances(0).getKeysList();
    }

    private static KeyUse use(String purpose, String key, int version) {
        return KeyUse.newBuilder()
                .setPurpose(purpose)
                .setKey(key)
                .setVersion(version)
                .build();
    }

    @Test
    void volume_isReportedOnceItsInstanceHasBegun() throws Exception {
        var id = hostd.fixture.running();
        observed.refresh();
        var running = only();
        assertThat(running.address().instance()).isEqualTo(id);
        var volume = use("volume", "", 0);
        assertThat(reports.instance(sized(running, 1, 7), Optional.empty()).getKeysList())
                .containsExactly(volume);
        assertThat(reports.instance(sized(running, 1, 0), Optional.empty()).getKeysList())
                .as("it has never started")
                .isEmpty();
        assertThat(reports.instance(sized(running, 0, 7), Optional.empty()).getKeysList())
                .as("it has none")
                .isEmpty();
    }

    private static Observation.Instance sized(Observation.Instance i, int gib, long started) {
        return new Observation.Instance(
                i.address(),
                i.slot(),
                i.state(),
                i.revision(),
                new Resources(1, 128, gib),
                false,
                i.connected(),
                i.ready(),
                i.behind(),
                i.hook(),
                started,
                i.reason(),
                i.usage(),
                i.sleep());
    }

    private int keyPeriod() {
        return reports.report(observed.latest().orElseThrow(), Optional.empty())
                .getReport()
                .getKeyPeriod();
    }

    private Observation.Instance only() {
        return observed.latest().orElseThrow().instances().getFirst();
    }
}
