package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.Peer;
import dev.mvm.protocol.control.v1.ConsistencyRequest;
import dev.mvm.protocol.control.v1.FleetGrpc;
import dev.mvm.protocol.control.v1.ListNodesRequest;
import dev.mvm.protocol.control.v1.NodeLinkGrpc;
import dev.mvm.protocol.control.v1.PublishGrantRequest;
import dev.mvm.protocol.control.v1.RenewRequest;
import dev.mvm.protocol.control.v1.ScalePoolRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Refused calls leave a record with the caller's name, and so do changes.
final class RefusalsTest extends FleetTestBase {
    private List<String> all() throws IOException {
        var file = folder.resolve("state/audit/audit-000000000001.jsonl");
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    private List<String> audited() throws IOException {
        return all().stream()
                .filter(line -> line.contains("\"result\":\"refused\""))
                .toList();
    }

    /// Asserts caller, action and reason in the newest record.
    private void noted(int records, String action, String caller, String reason) throws IOException {
        assertThat(audited())
                .hasSize(records)
                .last()
                .asString()
                .contains(
                        "\"daemon\":\"coordinator\",\"action\":\"%s\",\"subject\":\"%s\",\"result\":\"refused\",\"reason\":\"%s\""
                                .formatted(action, caller, reason));
    }

    private static void made(String line, String action, String what) {
        assertThat(line)
                .contains(
                        "\"action\":\"%s\",\"subject\":\"token\",\"result\":\"noted\",\"reason\":\"done\",\"detail\":\"%s\""
                                .formatted(action, what));
    }

    @Test
    @Tag("claim-R1")
    void changeThatIsMade_isNoted_andALookLeavesNothing() throws Exception {
        fleet.granted("acme", Grants.pool("web", 0, 9));
        assertThat(fleet.post("/v1/pools/acme/web:scale", "{\"running\":1}").statusCode())
                .isEqualTo(200);
        assertThat(fleet.get("/v1/pools").statusCode()).isEqualTo(200);
        assertThat(audited()).isEmpty();
        assertThat(all())
                .hasSize(3)
                .satisfiesExactly(
                        line -> made(line, "CreateTenant", "acme"),
                        line -> made(line, "PublishGrant", "acme"),
                        line -> made(line, "ScalePool", "acme/web"));
    }

    @Test
    @Tag("claim-R1")
    void nodeThatPlaysOperator_isNoted() throws Exception {
        var node = FleetGrpc.newBlockingStub(fleet.connect(CertificateRole.NODE, "edge-1"));
        assertThatThrownBy(() -> node.listNodes(ListNodesRequest.getDefaultInstance()))
                .isInstanceOf(StatusRuntimeException.class);
        noted(1, "ListNodes", "node/edge-1", "wrong_role");
        assertThatThrownBy(() -> node.publishGrant(PublishGrantRequest.getDefaultInstance()))
                .isInstanceOf(StatusRuntimeException.class);
        noted(2, "PublishGrant", "node/edge-1", "wrong_role");
    }

    @Test
    @Tag("claim-R1")
    void operatorThatPlaysNode_isNoted() throws Exception {
        var operator = NodeLinkGrpc.newBlockingStub(fleet.connect(CertificateRole.OPERATOR, "alice"));
        assertThatThrownBy(() -> operator.consistency(ConsistencyRequest.getDefaultInstance()))
                .isInstanceOf(StatusRuntimeException.class);
        noted(1, "Consistency", "operator/alice", "wrong_role");
    }

    @Test
    @Tag("claim-R1")
    void revokedCertificate_isNotedWithItsName() throws Exception {
        var credential = fleet.credential(CertificateRole.OPERATOR, "mallory", Duration.ofDays(1), Instant.now());
        var operator = FleetGrpc.newBlockingStub(fleet.connect(credential));
        assertThat(operator.listNodes(ListNodesRequest.getDefaultInstance())).isNotNull();
        assertThat(fleet.directory.revoke(new Peer(CertificateRole.OPERATOR, "mallory"), Instant.now()))
                .isTrue();
        assertThatThrownBy(() -> operator.listNodes(ListNodesRequest.getDefaultInstance()))
                .isInstanceOf(StatusRuntimeException.class);
        noted(1, "ListNodes", "operator/mallory", "unauthenticated");
    }

    @Test
    @Tag("claim-R1")
    void documentsAndCountsThatAreRefused_areNoted() throws Exception {
        var operator = FleetGrpc.newBlockingStub(fleet.connect(CertificateRole.OPERATOR, "alice"));
        var junk = ByteString.copyFromUtf8("{}");
        assertThatThrownBy(() -> operator.publishGrant(
                        PublishGrantRequest.newBuilder().setEnvelope(junk).build()))
                .isInstanceOf(StatusRuntimeException.class);
        assertThat(audited()).singleElement().asString().contains("\"PublishGrant\"", "operator/alice");
        assertThatThrownBy(() -> operator.scalePool(ScalePoolRequest.newBuilder()
                        .setTenant("acme")
                        .setPool("web")
                        .setRunning(1)
                        .build()))
                .isInstanceOf(StatusRuntimeException.class);
        noted(2, "ScalePool", "operator/alice", "unknown_tenant");
        fleet.granted("acme", Grants.pool("web", 0, 2));
        assertThat(fleet.post("/v1/pools/acme/web:scale", "{\"running\":3}").statusCode())
                .isEqualTo(409);
        noted(3, "ScalePool", "token", "beyond_grant_count");
    }

    @Test
    @Tag("claim-R1")
    void nodeWithABadRequest_isNoted() throws Exception {
        var node = NodeLinkGrpc.newBlockingStub(fleet.connect(CertificateRole.NODE, "edge-1"));
        assertThatThrownBy(() -> node.renew(RenewRequest.newBuilder()
                        .setRequest(ByteString.copyFromUtf8("no request"))
                        .build()))
                .isInstanceOf(StatusRuntimeException.class);
        noted(1, "Renew", "node/edge-1", "certificate_refused");
    }

    /// Text that the caller chose is not recorded: no paths, no tokens.
    @Test
    @Tag("claim-R1")
    void requestWithoutTheToken_isNoted_withoutWhatItSaid() throws Exception {
        var request = HttpRequest.newBuilder(fleet.uri("/v1/pools/acme/web:scale"))
                .header("Authorization", "Bearer a-secret-of-another-caller")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        assertThat(fleet.send(request).statusCode()).isEqualTo(401);
        noted(1, "ScalePool", "", "unauthenticated");
        assertThat(fleet.get("/v1/made-up-by-the-caller").statusCode()).isEqualTo(404);
        noted(2, "unknown", "token", "unknown_route");
        assertThat(String.join("", audited())).doesNotContain("a-secret", "made-up");
    }

    @Test
    @Tag("claim-R2")
    void floodOfRequests_isBounded() throws Exception {
        for (int i = 0; i < 300; i++) {
            var request = HttpRequest.newBuilder(fleet.uri("/v1/path-" + i)).build();
            assertThat(fleet.send(request).statusCode()).isEqualTo(401);
        }
        assertThat(audited()).hasSize(3);
    }

    @Test
    void restart_goesOnWithTheChain() throws Exception {
        assertThat(fleet.get("/v1/nowhere").statusCode()).isEqualTo(404);
        fleet.restart();
        assertThat(fleet.get("/v1/nowhere").statusCode()).isEqualTo(404);
        assertThat(audited()).hasSize(2).last().asString().contains("\"seq\":2,");
    }
}
