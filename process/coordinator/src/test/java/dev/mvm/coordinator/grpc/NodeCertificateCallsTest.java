package dev.mvm.coordinator.grpc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.coordinator.Credentials;
import dev.mvm.coordinator.pki.AuthorityRotation;
import dev.mvm.json.Json;
import dev.mvm.json.JsonLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Certificates of nodes, as operators see to them from elsewhere.
final class NodeCertificateCallsTest extends EnrolmentTestBase {
    private static final String CERTIFICATES = "/v1/node-certificates";

    private String made(String node) throws Exception {
        var answer = fleet.post(CERTIFICATES + "/" + node + ":makeToken", "{}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Json.parseObject(answer.body().getBytes(UTF_8), JsonLimits.signed(4096))
                .fields()
                .string("token");
    }

    private String listed() throws Exception {
        return fleet.get(CERTIFICATES).body().strip();
    }

    @Test
    void tokenOfACall_isGoodOnce_andTheCertificateIsListed() throws Exception {
        assertThat(listed()).isEqualTo("{\"certificates\":[]}");
        var token = made(NODE);
        assertThat(listed()).isEqualTo("{\"certificates\":[]}");
        var end = certificate(enrol(token)).getNotAfter().toInstant();
        assertThat(listed())
                .isEqualTo("{\"certificates\":[{\"node\":\"edge-1\",\"expires\":\"" + end + "\",\"state\":\"good\"}]}");
        refused("token_refused", () -> enrol(token));
    }

    /// The audit and events say who, and never the token.
    @Test
    void tokenAndRevocation_areRecordedWithTheCaller() throws Exception {
        var token = made(NODE);
        fleet.post(CERTIFICATES + "/edge-1:revoke", "{}");
        assertThat(fleet.get("/v1/events").body())
                .contains("enrolment_token_made", "certificates_revoked", "by token")
                .doesNotContain(token);
        var audit = new StringBuilder();
        try (var files = Files.list(folder.resolve("state/audit"))) {
            for (Path file : files.toList()) {
                audit.append(Files.readString(file));
            }
        }
        assertThat(audit).contains("MakeEnrolmentToken", "RevokeNodeCertificates", "edge-1");
        assertThat(audit).doesNotContain(token).doesNotContain(token.split("\\.", -1)[1]);
    }

    @Test
    void revokedNode_isListedSo_andItsTokensAreGoodForNothing() throws Exception {
        var _ = enrol(made(NODE));
        var late = made(NODE);
        assertThat(fleet.post(CERTIFICATES + "/edge-1:revoke", "{}").body()).contains("\"state\":\"revoked\"");
        assertThat(listed()).contains("\"state\":\"revoked\"");
        refused("token_refused", () -> enrol(late));
        var _ = enrol(made(NODE));
        assertThat(listed()).contains("\"state\":\"good\"");
    }

    @Test
    void nodeThatHasOnlyATokenIsRevoked_unknownOnesAreNot() throws Exception {
        var token = made(NODE);
        var unknown = fleet.post(CERTIFICATES + "/edge-2:revoke", "{}");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(unknown.body()).contains("unknown_node");
        assertThat(fleet.post(CERTIFICATES + "/edge-1:revoke", "{}").body())
                .contains("{\"node\":\"edge-1\",\"expires\":\"\",\"state\":\"revoked\"}");
        refused("token_refused", () -> enrol(token));
    }

    @Test
    void certificateOfADroppedAuthority_isListedSo() throws Exception {
        var _ = enrol(made(NODE));
        try (var rotation = new AuthorityRotation(folder.resolve("state"))) {
            rotation.replace(Optional.empty(), Instant.now());
        }
        assertThat(listed()).contains("\"state\":\"authority_gone\"");
    }

    @Test
    void wrongName_isNoNode() throws Exception {
        assertThat(fleet.post(CERTIFICATES + "/UPPER:makeToken", "{}").statusCode())
                .isEqualTo(400);
        assertThat(fleet.post(CERTIFICATES + "/UPPER:revoke", "{}").statusCode())
                .isEqualTo(400);
    }

    /// A node may neither list, nor make, nor revoke: that each method is for operators is tested for all.
    @Test
    void requestOfAStranger_opensNothing() throws Exception {
        refused("token_refused", () -> enrol(stranger, "0".repeat(16), Credentials.request(pair)));
    }
}
