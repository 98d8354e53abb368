package dev.mvm.agentd.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.agentd.audit.CheckpointSigner;
import dev.mvm.agentd.audit.Retention;
import dev.mvm.agentd.audit.TenantAudits;
import dev.mvm.agentd.credential.Credential;
import dev.mvm.agentd.hostd.FakeHostd;
import dev.mvm.agentd.memory.MemoryUse;
import dev.mvm.agentd.reconcile.Observed;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.Quotas;
import dev.mvm.protocol.audit.Fact;
import dev.mvm.protocol.audit.NodeCredential;
import dev.mvm.protocol.audit.TenantEvent;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.testkit.metrics.ExpositionText;
import dev.mvm.testkit.metrics.MetricFamily;
import dev.mvm.testkit.metrics.MetricsDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every family moves, and is what its document says.
final class NodeMetricsTest {
    private static final InstanceId ID = new InstanceId("i-00000001");

    @TempDir
    private Path dir;

    private final FakeHostd root = new FakeHostd(HostFixture.withSnapshots());
    private final Observed observed = new Observed(root, _ -> {});
    private final Tally tally = new Tally();
    private final MeasuredHostd hostd = new MeasuredHostd(root, tally);
    private Instant now = Ceremony.NOW;
    private TenantAudits audits;
    private NodeMetrics metrics;

    @BeforeEach
    void build() throws Exception {
        NodeCredential.Authority.create(now).issue(Ceremony.NODE, now).write(dir.resolve("credential"));
        var credential = Credential.installed(dir.resolve("credential"));
        Files.createDirectories(dir.resolve("pressure"));
        for (var resource : List.of("cpu", "memory", "io")) {
            Files.writeString(dir.resolve("pressure").resolve(resource), """
                    some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000
                    full avg10=0.00 avg60=0.00 avg300=0.00 total=1000000
                    """);
        }
        var cgroup = Files.createDirectories(dir.resolve("mvm.slice/mvm-launch@1-1-0.service/vm"));
        Files.writeString(cgroup.resolve("memory.current"), "135266304\n");
        Files.writeString(
                dir.resolve("mvm.slice/memory.pressure"), "some avg10=12.50 avg60=0.00 avg300=0.00 total=1\n");
        var audit = new AuditLog(dir.resolve("audit"), "agentd", () -> now, _ -> {}, Optional.empty());
        audits = new TenantAudits(
                dir.resolve("tenants"),
                Ceremony.NODE,
                new CheckpointSigner(() -> credential, _ -> {}),
                Retention.of(400, 16),
                () -> now,
                _ -> {});
        var sleepTimes = new SleepTimes(tally);
        observed.listen(() -> observed.latest().ifPresent(sleepTimes::observed));
        metrics = new NodeMetrics(
                root.fixture.trust,
                observed,
                new NodeMetrics.Audits(audit, audits),
                tally,
                new NodeMetrics.Now(() -> 1, hostd::inProgress, () -> 2),
                new NodeMetrics.Sources(
                        () -> credential, dir.resolve("pressure"), new MemoryUse(dir.resolve("mvm.slice"))),
                () -> now);
        audit.refused("install_state", "", "replayed", "");
        root.fixture.install(root.fixture.state(new Counts(2, 1, 1)));
        observed.refresh();
    }

    private void done(HostOperation operation) throws IOException {
        assertThat(hostd.call(operation)).isInstanceOfAny(HostReply.Done.class, HostReply.Ended.class);
        observed.refresh();
    }

    /// A life in which everything happens once.
    private Map<String, MetricFamily> afterALife() throws Exception {
        done(new HostOperation.SetupNetwork(new NetId(0)));
        done(HostFixture.plan(ID, 3));
        done(new HostOperation.AttachDrives(ID));
        done(new HostOperation.StartInstance(ID));
        root.fixture.machines.sealing = NodeMetricsTest::pause;
        done(new HostOperation.SleepInstance(ID, true));
        done(new HostOperation.WakeInstance(ID));
        assertThat(hostd.call(new HostOperation.ResumeInstance(ID))).isInstanceOf(HostReply.Refused.class);
        var program =
                new ExecRequest(List.of(Bytes.of(new byte[] {'x'})), List.of(), Bytes.EMPTY, Optional.empty(), false);
        assertThat(hostd.exec(ID, program)).isNotNull();
        root.reachable(false);
        assertThatThrownBy(() -> hostd.call(new HostOperation.StopInstance(ID, 0)))
                .isInstanceOf(IOException.class);
        root.reachable(true);
        observed.refresh();
        tally.request("verb");
        tally.requestFailed("verb");
        tally.requestLimited("verb");
        tally.connection(true);
        tally.connection(false);
        tally.renewal("renewed");
        tally.round("converged", Duration.ofMillis(3));
        tally.took(AgentMetric.SEAL_DURATION, Duration.ofMillis(700));
        tally.took(AgentMetric.OPEN_DURATION, Duration.ofMillis(41));
        audits.record(Ceremony.DEMO, List.of(Fact.noted(TenantEvent.POOL_BUILT, "state", "demo/web", 1, "")));
        return ExpositionText.parse(metrics.text());
    }

    /// hostd's fake takes no time; a figure of 0 ms counts as missing.
    private static void pause() {
        long end = System.nanoTime() + 2_000_000;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    private static Map<String, Double> samples(Map<String, MetricFamily> families) {
        var out = new LinkedHashMap<String, Double>();
        families.values().forEach(family -> out.putAll(family.samples()));
        return out;
    }

    @Test
    void document_listsEveryFamily_withItsTypeAndLabels() throws Exception {
        var exposed = MetricsDocument.families(afterALife());
        assertThat(MetricsDocument.families("mvm_(?!coordinator_|keyd_)")).isEqualTo(exposed);
        assertThat(exposed).hasSize(AgentMetric.values().length);
    }

    @Test
    void operations_areCountedByWhatCameOfThem_andTimedIfTheyWereDone() throws Exception {
        assertThat(samples(afterALife()))
                .containsEntry("mvm_agent_operations_total{operation=\"start_instance\",result=\"done\"}", 1.0)
                .containsEntry("mvm_agent_operations_total{operation=\"sleep_instance\",result=\"done\"}", 1.0)
                .containsEntry("mvm_agent_operations_total{operation=\"resume_instance\",result=\"refused\"}", 1.0)
                .containsEntry("mvm_agent_operations_total{operation=\"stop_instance\",result=\"unknown\"}", 1.0)
                .containsEntry("mvm_agent_operation_duration_seconds_count{operation=\"wake_instance\"}", 1.0)
                .containsEntry(
                        "mvm_agent_operation_duration_seconds_bucket{operation=\"wake_instance\",le=\"+Inf\"}", 1.0)
                .doesNotContainKey("mvm_agent_operation_duration_seconds_count{operation=\"stop_instance\"}")
                .containsEntry("mvm_agent_operations_in_progress", 0.0)
                .containsEntry("mvm_agent_connections_total{result=\"rejected\"}", 1.0)
                .containsEntry("mvm_agent_requests_limited_total{type=\"verb\"}", 1.0)
                .containsEntry("mvm_agent_audit_records_total", 1.0);
    }

    @Test
    void quotas_areSeenAsAWhole_andAsTheirFullest_withoutNames() throws Exception {
        var families = afterALife();
        assertThat(samples(families))
                .containsEntry("mvm_quota_used{quota=\"vcpus\"}", 1.0)
                .containsEntry("mvm_quota_limit{quota=\"vcpus\"}", 20.0)
                .containsEntry("mvm_quota_fullest_ratio{quota=\"vcpus\"}", 0.05)
                .containsEntry("mvm_quota_used{quota=\"running\"}", 1.0)
                .containsEntry("mvm_quota_used{quota=\"sleeping_mem_mib\"}", 0.0)
                .containsEntry("mvm_quota_limit{quota=\"sleeping_mem_mib\"}", (double) Quotas.UNLIMITED)
                .containsEntry("mvm_instances{state=\"running\"}", 1.0)
                .containsEntry("mvm_instances{state=\"sleeping\"}", 0.0);
        assertThat(metrics.text()).doesNotContain("demo", "web", ID.value());
    }

    @Test
    void memoryAndPressureOfInstances_areWhatTheKernelCounts() throws Exception {
        assertThat(samples(afterALife()))
                .containsEntry("mvm_instances_memory_bytes", 135_266_304.0)
                .containsEntry("mvm_instances_memory_pressure_ratio", 0.125);
        Files.delete(dir.resolve("mvm.slice/mvm-launch@1-1-0.service/vm/memory.current"));
        Files.delete(dir.resolve("mvm.slice/memory.pressure"));
        assertThat(samples(ExpositionText.parse(metrics.text())))
                .doesNotContainKey("mvm_instances_memory_bytes")
                .doesNotContainKey("mvm_instances_memory_pressure_ratio");
    }

    @Test
    void pressureAndAges_areThoseOfTheMachine() throws Exception {
        now = now.plusSeconds(3600);
        assertThat(samples(ExpositionText.parse(metrics.text())))
                .containsEntry("mvm_pressure_waiting_seconds_total{resource=\"memory\"}", 2.5)
                .containsEntry("mvm_pressure_stalled_seconds_total{resource=\"memory\"}", 1.0)
                .containsEntry("mvm_agent_certificate_age_seconds", 3600.0)
                .containsEntry("mvm_agent_certificate_expires_in_seconds", 23 * 3600.0)
                .containsEntry("mvm_state_expires_in_seconds", 23 * 3600.0)
                .containsEntry("mvm_grant_expires_in_seconds", 30 * 24 * 3600.0 - 3600)
                .containsKey("mvm_agent_key_age_seconds");
        Files.delete(dir.resolve("pressure/memory"));
        assertThat(samples(ExpositionText.parse(metrics.text())))
                .doesNotContainKey("mvm_pressure_waiting_seconds_total{resource=\"memory\"}")
                .containsKey("mvm_pressure_waiting_seconds_total{resource=\"io\"}");
    }
}
