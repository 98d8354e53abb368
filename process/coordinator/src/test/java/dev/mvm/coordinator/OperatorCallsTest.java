package dev.mvm.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.authz.Access;
import dev.mvm.coordinator.operators.OperatorRole;
import dev.mvm.coordinator.pki.Authority;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.protocol.control.v1.AddOperatorRequest;
import dev.mvm.protocol.control.v1.ChangeOperatorRequest;
import dev.mvm.protocol.control.v1.FleetGrpc;
import dev.mvm.protocol.control.v1.ListNodesRequest;
import dev.mvm.protocol.control.v1.ListOperatorsRequest;
import dev.mvm.protocol.control.v1.ListTenantsRequest;
import dev.mvm.protocol.control.v1.Operator;
import dev.mvm.protocol.control.v1.RenewOperatorRequest;
import dev.mvm.protocol.control.v1.RevokeOperatorRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Operators of a hardened fleet: what each role may call, and how operators come and go.
final class OperatorCallsTest extends FleetTestBase {
    private static final String FLEET = "mvm.control.v1.Fleet/";

    /// Calls that one operator makes here; the rate allows 20 at once.
    private static final int CALLS = 12;

    @Override
    protected TestFleet start(Path in) throws Exception {
        return TestFleet.startHardened(in.resolve("fleet"));
    }

    private FleetGrpc.FleetBlockingStub stub(Path credential) throws Exception {
        return FleetGrpc.newBlockingStub(fleet.connect(credential));
    }

    private static void refused(String reason, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(FleetCalls.reason(e)).isEqualTo(reason));
    }

    private static AddOperatorRequest.Builder addition(String name) throws Exception {
        return AddOperatorRequest.newBuilder()
                .setOperator(name)
                .setRole("auditor")
                .setAllTenants(true)
                .setRequest(Credentials.request(Authority.newKeyPair()));
    }

    private static RevokeOperatorRequest revocation(String name) {
        return RevokeOperatorRequest.newBuilder().setOperator(name).build();
    }

    private static ChangeOperatorRequest change(String name, String role) {
        return ChangeOperatorRequest.newBuilder()
                .setOperator(name)
                .setRole(role)
                .setAllTenants(true)
                .build();
    }

    @ParameterizedTest
    @EnumSource(OperatorRole.class)
    @Tag("claim-C8")
    void eachRole_mayCallWhatTheSchemaSays_andNothingElse(OperatorRole role) throws Exception {
        var access = Access.ofProtocol();
        int number = 0;
        for (var method : FleetCalls.unary()) {
            if (number % CALLS == 0) {
                fleet.operator("ada-" + role.word() + number, role.word());
            }
            var credential = folder.resolve("fleet/operator-ada-" + role.word() + number / CALLS * CALLS);
            var ending = FleetCalls.call(fleet.connect(credential), method, FleetCalls.empty(method));
            assertThat(ending.reason().equals("wrong_role"))
                    .as(role + " " + method.getFullMethodName() + ": " + ending)
                    .isNotEqualTo(access.allows(role, method.getFullMethodName()));
            assertThat(ending.reason()).isNotEqualTo("rate_limited");
            number++;
        }
    }

    @Test
    @Tag("claim-C8")
    void auditor_readsAndChangesNothing_overRest() throws Exception {
        fleet.granted("acme", Grants.pool("web", 0, 9));
        try (var client = Credentials.client(fleet.operator("ada", "auditor"), true)) {
            var read = client.send(fleet.request("GET", "/v1/pools", "").build(), HttpResponse.BodyHandlers.ofString());
            assertThat(read.body()).contains("acme/web");
            for (var path : List.of("/v1/pools/acme/web:scale", "/v1/tenants", "/v1/operators")) {
                var answer =
                        client.send(fleet.request("POST", path, "{}").build(), HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(path).isEqualTo(403);
                assertThat(answer.body()).contains("wrong_role");
            }
            assertThatThrownBy(() -> client.newWebSocketBuilder()
                            .buildAsync(socket(), new WebSocket.Listener() {})
                            .get(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .hasCauseInstanceOf(WebSocketHandshakeException.class);
        }
    }

    private URI socket() {
        return URI.create(
                fleet.uri("/v1/instances/acme/web/i-00000001/exec").toString().replaceFirst("https", "wss"));
    }

    /// In hardened mode the token that `init` makes opens nothing, with any certificate or without one.
    @Test
    @Tag("claim-C8")
    void token_opensNothingOutsideOfDevMode() throws Exception {
        var header = "Bearer " + fleet.token();
        for (var credential : List.of(
                fleet.credential(CertificateRole.NODE, "edge-1", Duration.ofDays(1), Instant.now()),
                fleet.operator("ada", "auditor"))) {
            try (var client = Credentials.client(credential, true)) {
                var answer = client.send(
                        fleet.request("POST", "/v1/tenants", "{\"tenant\":\"acme\"}")
                                .header("Authorization", header)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).isEqualTo(403);
                assertThat(answer.body()).contains("wrong_role");
            }
        }
        try (var client = Credentials.client(fleet.founder(), false)) {
            assertThatThrownBy(() -> client.send(
                            fleet.request("GET", "/v1/tenants", "")
                                    .header("Authorization", header)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString()))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    @Tag("claim-C8")
    void changedRole_countsForTheNextCall_andEndsWhatLasts() throws Exception {
        var ada = fleet.operator("ada", "operator");
        var last = new CompletableFuture<String>();
        try (var client = Credentials.client(ada, true)) {
            var socket = client.newWebSocketBuilder()
                    .buildAsync(socket(), new WebSocket.Listener() {
                        @Override
                        public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean whole) {
                            last.complete(UTF_8.decode(data).toString());
                            return null;
                        }
                    })
                    .get(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            var changed = stub(fleet.founder()).changeOperator(change("ada", "auditor"));
            assertThat(changed.getRole()).isEqualTo("auditor");
            assertThat(changed.getChangedBy()).isEqualTo("operator/founder");
            refused("wrong_role", () -> stub(ada).revokeOperator(revocation("founder")));
            assertThat(stub(ada).listTenants(ListTenantsRequest.getDefaultInstance()))
                    .isNotNull();
            assertThat(last.get(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .contains("wrong_role");
            socket.abort();
        }
    }

    @Test
    @Tag("claim-C8")
    void revokedOperator_mayDoNothing_andItsNameIsNeverUsedAgain() throws Exception {
        var ada = fleet.operator("ada", "admin");
        var connected = stub(ada);
        var founder = stub(fleet.founder());
        assertThat(founder.revokeOperator(revocation("ada")).getRevoked()).isTrue();
        refused("unauthenticated", () -> connected.listNodes(ListNodesRequest.getDefaultInstance()));
        refused("name_used", () -> founder.addOperator(addition("ada").build()));
        refused("operator_revoked", () -> founder.changeOperator(change("ada", "admin")));
        assertThat(founder.revokeOperator(revocation("ada")).getRevoked())
                .as("again, which changes nothing")
                .isTrue();
        fleet.restart();
        refused("unauthenticated", () -> stub(ada).listNodes(ListNodesRequest.getDefaultInstance()));
        refused("unknown_operator", () -> stub(fleet.founder()).revokeOperator(revocation("nemo")));
    }

    /// The record in the store is enough: a list of revocations that was lost lets no revoked operator in.
    @Test
    @Tag("claim-C8")
    void revokedOperator_mayDoNothing_evenIfTheListOfCertificatesIsEmpty() throws Exception {
        var ada = fleet.operator("ada", "admin");
        var _ = stub(fleet.founder()).revokeOperator(revocation("ada"));
        Files.writeString(folder.resolve("fleet/state/fleet/revoked"), "");
        refused("no_role", () -> stub(ada).listNodes(ListNodesRequest.getDefaultInstance()));
        refused(
                "no_role",
                () -> stub(ada)
                        .renewOperator(RenewOperatorRequest.newBuilder()
                                .setRequest(Credentials.request(Authority.newKeyPair()))
                                .build()));
    }

    @Test
    @Tag("claim-C8")
    void lastAdmin_staysOne() throws Exception {
        var founder = stub(fleet.founder());
        fleet.operator("ada", "auditor");
        fleet.operator("grace", "admin", "acme");
        refused("last_admin", () -> founder.revokeOperator(revocation("founder")));
        refused("last_admin", () -> founder.changeOperator(change("founder", "operator")));
        refused(
                "last_admin",
                () -> founder.changeOperator(change("founder", "admin").toBuilder()
                        .setAllTenants(false)
                        .addTenants("acme")
                        .build()));
        var old = Instant.now().minus(Duration.ofDays(2));
        fleet.credential(CertificateRole.OPERATOR, "expired", Duration.ofDays(1), old);
        refused("last_admin", () -> founder.revokeOperator(revocation("founder")));
        var bob = stub(fleet.operator("bob", "admin"));
        assertThat(bob.revokeOperator(revocation("founder")).getRevoked()).isTrue();
        refused("last_admin", () -> bob.revokeOperator(revocation("bob")));
    }

    @Test
    void operators_areListedWithRoleTenantsAndExpiry() throws Exception {
        fleet.operator("ada", "operator", "globex", "acme");
        var all = stub(fleet.founder())
                .listOperators(ListOperatorsRequest.getDefaultInstance())
                .getOperatorsList();
        assertThat(all).extracting(Operator::getOperator).containsExactly("ada", "founder");
        var ada = all.getFirst();
        assertThat(ada.getRole()).isEqualTo("operator");
        assertThat(ada.getTenantsList()).containsExactly("acme", "globex");
        assertThat(ada.getAllTenants()).isFalse();
        assertThat(Instant.parse(ada.getExpires()))
                .isBetween(
                        Instant.now().plus(Duration.ofDays(29)), Instant.now().plus(Duration.ofDays(30)));
        assertThat(all.getLast().getChangedBy()).isEqualTo("mvm-coordinator");
        assertThat(all.getLast().getAllTenants()).isTrue();
    }

    @Test
    void additionsThatCannotBeMeant_areRefused() throws Exception {
        var founder = stub(fleet.founder());
        fleet.operator("ada", "auditor");
        refused("operator_exists", () -> founder.addOperator(addition("ada").build()));
        refused(
                "invalid_request",
                () -> founder.addOperator(addition("bob").setAllTenants(false).build()));
        refused(
                "invalid_request",
                () -> founder.addOperator(addition("bob").addTenants("acme").build()));
        refused(
                "invalid_request",
                () -> founder.addOperator(addition("bob").setRole("root").build()));
        refused("invalid_request", () -> founder.addOperator(addition("Bob").build()));
        refused(
                "invalid_request",
                () -> founder.addOperator(addition("bob").setDays(91).build()));
        refused(
                "certificate_refused",
                () -> founder.addOperator(addition("bob")
                        .setRequest(ByteString.copyFromUtf8("no request"))
                        .build()));
        assertThat(founder.listOperators(ListOperatorsRequest.getDefaultInstance())
                        .getOperatorsList())
                .extracting(Operator::getOperator)
                .containsExactly("ada", "founder");
    }

    @Test
    void renewal_givesTheSameNameAndLife_andNoOther() throws Exception {
        var pair = Authority.newKeyPair();
        var founder = stub(fleet.founder());
        var first = founder.addOperator(
                addition("ada").setDays(7).setRequest(Credentials.request(pair)).build());
        var ada = Credentials.written(folder.resolve("ada"), pair, first.getChainList());
        var next = Authority.newKeyPair();
        var answer = stub(ada)
                .renewOperator(RenewOperatorRequest.newBuilder()
                        .setRequest(Credentials.request(next))
                        .build());
        var certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(answer.getChain(0).newInput());
        assertThat(certificate.getSubjectAlternativeNames())
                .extracting(name -> String.valueOf(name.get(1)))
                .containsExactly("spiffe://mvm/operator/ada");
        assertThat(certificate.getPublicKey()).isEqualTo(next.getPublic());
        assertThat(certificate.getNotAfter().toInstant())
                .isBetween(Instant.now().plus(Duration.ofDays(6)), Instant.now().plus(Duration.ofDays(7)));
        var renewed = Credentials.written(folder.resolve("renewed"), next, answer.getChainList());
        assertThat(stub(renewed).listTenants(ListTenantsRequest.getDefaultInstance()))
                .isNotNull();
        assertThat(founder.revokeOperator(revocation("ada")).getRevoked()).isTrue();
        refused("unauthenticated", () -> stub(renewed).listTenants(ListTenantsRequest.getDefaultInstance()));
    }

    /// An operator whose certificate has expired gets a new one, for another key perhaps, without another name.
    @Test
    void operatorWithoutAValidCertificate_canBeAddedAgain() throws Exception {
        var old = Instant.now().minus(Duration.ofDays(2));
        fleet.credential(CertificateRole.OPERATOR, "ada", Duration.ofDays(1), old);
        var ada = stub(fleet.operator("ada", "auditor"));
        refused("wrong_role", () -> ada.revokeOperator(revocation("founder")));
    }

    @Test
    @Tag("claim-R1")
    void changesOfOperators_areAuditedWithTheNameOfTheCaller() throws Exception {
        var ada = fleet.operator("ada", "operator", "acme", "globex");
        var founder = stub(fleet.founder());
        var _ = founder.changeOperator(change("ada", "auditor"));
        var _ = stub(ada)
                .renewOperator(RenewOperatorRequest.newBuilder()
                        .setRequest(Credentials.request(Authority.newKeyPair()))
                        .build());
        var _ = founder.revokeOperator(revocation("ada"));
        assertThat(Files.readAllLines(folder.resolve("fleet/state/audit/audit-000000000001.jsonl")))
                .satisfiesExactly(
                        line -> made(line, "AddOperator", "operator/founder", "ada/operator/acme,globex"),
                        line -> made(line, "ChangeOperator", "operator/founder", "ada/auditor/*"),
                        line -> made(line, "RenewOperator", "operator/ada", ""),
                        line -> made(line, "RevokeOperator", "operator/founder", "ada"));
    }

    private static void made(String line, String action, String caller, String detail) {
        assertThat(line)
                .contains(
                        "\"action\":\"%s\",\"subject\":\"%s\",\"result\":\"noted\",\"reason\":\"done\",\"detail\":\"%s\""
                                .formatted(action, caller, detail));
    }

    @Test
    void everyMethod_isOfAnAdmin() {
        for (var method : Access.ofProtocol().methods()) {
            assertThat(Access.ofProtocol().allows(OperatorRole.ADMIN, method))
                    .as(method)
                    .isEqualTo(method.startsWith(FLEET));
        }
    }
}
