package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.protocol.control.v1.FleetGrpc;
import dev.mvm.protocol.control.v1.ListPoolsRequest;
import dev.mvm.testkit.metrics.ExpositionText;
import dev.mvm.testkit.metrics.MetricFamily;
import dev.mvm.testkit.metrics.MetricsDocument;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The metrics of a coordinator, read as Prometheus reads them.
final class MetricsTest extends FleetTestBase {
    private Map<String, MetricFamily> families() throws Exception {
        return ExpositionText.parse(fleet.metrics());
    }

    /// All samples by name and labels.
    private Map<String, Double> samples() throws Exception {
        var out = new LinkedHashMap<String, Double>();
        families().values().forEach(family -> out.putAll(family.samples()));
        return out;
    }

    /// Returns when the sample has the value, or when the time is over.
    private void await(String sample, double value) throws Exception {
        long deadline = System.nanoTime() + TestFleet.PATIENCE.toNanos();
        while (!Double.valueOf(value).equals(samples().get(sample)) && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
    }

    @Test
    void calls_areCountedByTheirMethod_whereverTheyComeIn() throws Exception {
        fleet.get("/v1/pools");
        fleet.get("/v1/pools");
        fleet.get("/v1/health");
        fleet.get("/v1/no/such/path");
        var channel = fleet.connect(CertificateRole.OPERATOR, "alice");
        FleetGrpc.newBlockingStub(channel).listPools(ListPoolsRequest.getDefaultInstance());
        var durations = "mvm_coordinator_request_duration_seconds_count{method=\"list_pools\"}";
        await(durations, 3.0); // a call is measured when its answer is on its way
        assertThat(samples())
                .containsEntry("mvm_coordinator_requests_total{port=\"rest\",method=\"list_pools\"}", 2.0)
                .containsEntry("mvm_coordinator_requests_total{port=\"grpc\",method=\"list_pools\"}", 1.0)
                .containsEntry("mvm_coordinator_requests_total{port=\"rest\",method=\"health\"}", 1.0)
                .containsEntry("mvm_coordinator_requests_total{port=\"rest\",method=\"unknown\"}", 1.0)
                .containsEntry(
                        "mvm_coordinator_requests_failed_total{method=\"unknown\",reason=\"unknown_route\"}", 1.0)
                .containsEntry(durations, 3.0)
                .containsEntry("mvm_coordinator_connections_total{port=\"grpc\",result=\"accepted\"}", 1.0)
                .containsEntry("mvm_coordinator_connections_total{port=\"rest\",result=\"accepted\"}", 1.0);
    }

    @Test
    void whatIsRefused_isCountedByItsReason_andPathsAreNoLabels() throws Exception {
        fleet.send(HttpRequest.newBuilder(fleet.uri("/v1/tenants")).GET().build());
        fleet.send(HttpRequest.newBuilder(fleet.uri("/v1/canary")).GET().build());
        for (int i = 0; i < 60; i++) {
            fleet.get("/v1/tenants");
        }
        assertThat(samples())
                .containsEntry(
                        "mvm_coordinator_requests_failed_total{method=\"list_tenants\",reason=\"unauthenticated\"}",
                        1.0)
                .containsKey("mvm_coordinator_requests_failed_total{method=\"list_tenants\",reason=\"rate_limited\"}");
        assertThat(fleet.metrics()).doesNotContain("canary");
    }

    @Test
    void fleet_isSeenInNumbers_withoutNames() throws Exception {
        fleet.granted("acme");
        var node = fleet.node("n-0");
        node.nextState();
        node.report(
                FakeNode.instance("acme/web/i-00000001", "Running"),
                FakeNode.instance("acme/web/i-00000002", "Sleeping"),
                FakeNode.instance("acme/web/i-00000003", "Sleeping"));
        var asleep = "mvm_coordinator_instances{state=\"sleeping\"}";
        await(asleep, 2.0); // what a node says takes a moment to arrive
        assertThat(samples())
                .containsEntry("mvm_coordinator_nodes{link=\"connected\"}", 1.0)
                .containsEntry("mvm_coordinator_nodes{link=\"lost\"}", 0.0)
                .containsEntry("mvm_coordinator_instances{state=\"running\"}", 1.0)
                .containsEntry(asleep, 2.0)
                .containsEntry("mvm_coordinator_sessions", 0.0)
                .containsEntry("mvm_coordinator_store_up", 1.0);
        assertThat(samples().get("mvm_coordinator_log_states")).isGreaterThanOrEqualTo(1.0);
        assertThat(samples().get("mvm_coordinator_certificate_expires_in_seconds"))
                .isBetween(0.0, (double) Duration.ofDays(1).toSeconds());
        assertThat(samples().get("mvm_coordinator_authority_expires_in_seconds"))
                .isGreaterThan(samples().get("mvm_coordinator_certificate_expires_in_seconds"));
        assertThat(fleet.metrics()).doesNotContain("acme").doesNotContain("n-0");
    }

    /// A family without a sample has no labels yet, so everything has to happen first.
    @Test
    void document_listsEveryFamily_withItsTypeAndLabels() throws Exception {
        fleet.keyd.stop(); // a key service that does not answer
        fleet.restart();
        fleet.get("/v1/pools");
        fleet.get("/v1/nothing");
        fleet.node("edge-1").helloTakingKeyBlobs();
        await("mvm_coordinator_key_rounds_total{result=\"keyd_unreachable\"}", 1.0);
        assertThat(MetricsDocument.families("mvm_coordinator_"))
                .isEqualTo(MetricsDocument.families(families()))
                .hasSizeGreaterThan(5);
    }
}
