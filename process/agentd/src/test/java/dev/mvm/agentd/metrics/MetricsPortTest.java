package dev.mvm.agentd.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.agentd.audit.CheckpointSigner;
import dev.mvm.agentd.audit.Retention;
import dev.mvm.agentd.audit.TenantAudits;
import dev.mvm.agentd.credential.Credential;
import dev.mvm.agentd.hostd.FakeHostd;
import dev.mvm.agentd.memory.MemoryUse;
import dev.mvm.agentd.reconcile.Observed;
import dev.mvm.json.Json;
import dev.mvm.json.JsonLimits;
import dev.mvm.metrics.MetricsPort;
import dev.mvm.model.Counts;
import dev.mvm.model.NetId;
import dev.mvm.protocol.audit.NodeCredential;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.testkit.metrics.ExpositionText;
import dev.mvm.testkit.metrics.MetricFamily;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MetricsPortTest {
    private final FakeHostd hostd = new FakeHostd();
    private final Observed observed = new Observed(hostd, _ -> {});
    private final HttpClient http = HttpClient.newHttpClient();
    private Instant now = Ceremony.NOW;

    @TempDir
    private Path dir;

    private final Tally tally = new Tally();
    private final MeasuredHostd measured = new MeasuredHostd(hostd, tally);
    private AuditLog audit;
    private TenantAudits audits;
    private MetricsPort port;

    @BeforeEach
    void open() throws Exception {
        var issued = NodeCredential.Authority.create(now).issue(Ceremony.NODE, now);
        var credential = new Credential(
                issued.key().getPrivate(),
                issued.certificate(),
                List.of(issued.authority().certificate()),
                now);
        audit = new AuditLog(dir, "agentd", () -> now, _ -> {}, Optional.empty());
        audits = new TenantAudits(
                dir.resolve("tenants"),
                Ceremony.NODE,
                new CheckpointSigner(() -> credential, _ -> {}),
                Retention.of(400, 16),
                () -> now,
                _ -> {});
        var metrics = new NodeMetrics(
                hostd.fixture.trust,
                observed,
                new NodeMetrics.Audits(audit, audits),
                tally,
                new NodeMetrics.Now(() -> 1, measured::inProgress, () -> 2),
                new NodeMetrics.Sources(() -> credential, dir.resolve("pressure"), new MemoryUse(dir.resolve("none"))),
                () -> now);
        port = MetricsPort.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), metrics::text);
    }

    @AfterEach
    void close() {
        http.close();
        port.close();
    }

    private HttpResponse<String> send(String method, String path) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.port() + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private Map<String, MetricFamily> families() throws Exception {
        var answer = send("GET", "/metrics");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).contains("text/plain; version=0.0.4; charset=utf-8");
        return ExpositionText.parse(answer.body());
    }

    /// All samples by name and labels.
    private Map<String, Double> scrape() throws Exception {
        var out = new LinkedHashMap<String, Double>();
        families().values().forEach(family -> out.putAll(family.samples()));
        return out;
    }

    @Test
    void nodeThatHasNothing_saysSo() throws Exception {
        assertThat(scrape())
                .containsOnly(
                        Map.entry("mvm_agent_connected", 1.0),
                        Map.entry("mvm_agent_certificate_age_seconds", 0.0),
                        Map.entry("mvm_agent_certificate_expires_in_seconds", 24 * 3600.0),
                        Map.entry("mvm_agent_key_age_seconds", 0.0),
                        Map.entry("mvm_agent_operations_in_progress", 0.0),
                        Map.entry("mvm_agent_chains_waiting", 2.0),
                        Map.entry("mvm_agent_audit_records_total", 0.0),
                        Map.entry("mvm_agent_audit_unwritten_total", 0.0),
                        Map.entry("mvm_hostd_up", 0.0),
                        Map.entry("mvm_hostd_state_sequence", 0.0),
                        Map.entry("mvm_state_sequence", 0.0),
                        Map.entry("mvm_floor_sequence", 0.0),
                        Map.entry("mvm_trust_root_version", 1.0),
                        Map.entry("mvm_trust_root_age_seconds", 24 * 3600.0),
                        Map.entry("mvm_trust_root_expires_in_seconds", 365 * 24 * 3600.0));
    }

    @Test
    @Tag("claim-R3")
    void refusals_areCountedByReason_andStateHasItsAge() throws Exception {
        hostd.fixture.install(hostd.fixture.state(new Counts(1, 0, 0)));
        for (int net = 5; net < 8; net++) {
            assertThat(hostd.call(new HostOperation.SetupNetwork(new NetId(net))))
                    .isInstanceOf(HostReply.Refused.class);
        }
        observed.refresh();
        audit.refused("install_state", "", "replayed", "");
        assertThat(scrape())
                .containsEntry("mvm_hostd_refusals_total{reason=\"not_in_state\"}", 3.0)
                .containsEntry("mvm_agent_refusals_total{reason=\"replayed\"}", 1.0)
                .containsEntry("mvm_hostd_up", 1.0)
                .containsEntry("mvm_hostd_mode{mode=\"dev\"}", 1.0)
                .containsEntry("mvm_state_sequence", 1.0)
                .containsEntry("mvm_floor_sequence", 1.0)
                .containsEntry("mvm_hostd_state_sequence", 1.0)
                .containsEntry("mvm_state_expires_in_seconds", 24 * 3600.0);
        audit.refused("install_state", "", "replayed", "");
        now = now.plus(Duration.ofDays(2));
        assertThat(scrape())
                .containsEntry("mvm_agent_refusals_total{reason=\"replayed\"}", 2.0)
                .containsEntry("mvm_state_expires_in_seconds", -24 * 3600.0);
    }

    /// A state that has ended stays ended, and its figure says so.
    @Test
    @Tag("claim-T3")
    void clockThatIsSetBack_showsNoMoreLifeOfAStateThatHasEnded() throws Exception {
        hostd.fixture.install(hostd.fixture.state(new Counts(1, 0, 0)));
        now = now.plus(Duration.ofDays(2));
        hostd.fixture.now = now;
        assertThat(scrape()).containsEntry("mvm_state_expires_in_seconds", -24 * 3600.0);
        now = Ceremony.NOW;
        hostd.fixture.now = now;
        assertThat(scrape()).containsEntry("mvm_state_expires_in_seconds", 0.0);
    }

    /// Reasons are codes; a text that is not a code cannot break a line or a label.
    @Test
    void hostileReason_staysALabel() throws Exception {
        audit.refused("call", "", "x\"} 1\nmvm_hostd_up 7\\", "");
        assertThat(scrape()).containsEntry("mvm_agent_refusals_total{reason=\"x___1_mvm_hostd_up_7_\"}", 1.0);
    }

    @Test
    void json_hasTheFamiliesOfTheText() throws Exception {
        var answer = send("GET", "/metrics.json");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).contains("application/json");
        var parsed = (Json.Arr) Json.parse(answer.body().getBytes(UTF_8), JsonLimits.foreign(1 << 20));
        assertThat(parsed.items())
                .extracting(family -> ((Json.Obj) family).members().get("name"))
                .containsExactlyElementsOf(
                        families().keySet().stream().map(Json::of).toList());
    }

    @Test
    void anythingElse_isNotServed() throws Exception {
        for (var path : List.of("/", "/metrics/", "/metrics/x", "/debug", "/..%2f")) {
            assertThat(send("GET", path).statusCode()).as(path).isEqualTo(404);
        }
        for (var method : List.of("POST", "PUT", "DELETE")) {
            assertThat(send(method, "/metrics").statusCode()).as(method).isEqualTo(405);
        }
    }

    @Test
    @Tag("claim-R3")
    void addressBeyondTheLoopback_isRefused() {
        for (var address : List.of("0.0.0.0", "192.0.2.1", "::")) {
            assertThatThrownBy(
                            () -> MetricsPort.open(new InetSocketAddress(InetAddress.ofLiteral(address), 0), () -> ""))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
