package dev.mvm.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.mvm.coordinator.authz.Access;
import dev.mvm.coordinator.pki.Authority;
import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.model.PoolFlag;
import dev.mvm.protocol.control.rest.RestMapping;
import dev.mvm.protocol.control.v1.ExecInput;
import dev.mvm.protocol.control.v1.ExecOutput;
import dev.mvm.protocol.control.v1.ExecStart;
import dev.mvm.protocol.control.v1.FleetGrpc;
import dev.mvm.protocol.control.v1.FleetProto;
import dev.mvm.protocol.control.v1.Question;
import dev.mvm.protocol.control.v1.Scope;
import dev.mvm.protocol.control.v1.Verb;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// An operator with the highest role, but for the tenant acme alone, attacks the tenant globex by every call.
final class TenantLimitsTest extends FleetTestBase {
    private static final Access ACCESS = Access.ofProtocol();
    private static final RestMapping REST =
            RestMapping.of(FleetProto.getDescriptor().findServiceByName("Fleet"));

    /// Methods that one operator attacks here, by two calls each; the rate allows 20 at once.
    private static final int METHODS = 6;

    /// Texts that appear in an answer only if it has something of globex.
    private static final List<String> FOREIGN = List.of("globex", "vault", "i-00000002", "10.240.1.");

    private FakeNode node;
    private SignedGrant foreignGrant;
    private int limited;

    @Override
    protected TestFleet start(Path in) throws Exception {
        return TestFleet.startHardened(in.resolve("fleet"));
    }

    @BeforeEach
    void makeTwoTenants() throws Exception {
        fleet.granted("acme", Grants.pool("web", 0, 9, PoolFlag.EXEC));
        foreignGrant = fleet.granted("globex", Grants.pool("vault", 0, 9, PoolFlag.EXEC));
        node = fleet.node("edge-1");
        node.nextState();
        node.report(
                FakeNode.instance("acme/web/i-00000001", "Running"),
                FakeNode.instance("globex/vault/i-00000002", "Running"));
        eventually("/v1/instances", body -> body.contains("i-00000002"));
    }

    /// An operator with a rate of its own.
    private Path admin() throws Exception {
        return fleet.operator("ada-" + limited++, "admin", "acme");
    }

    /// A request with globex in every field that can name something of it.
    private Message attack(Message empty) throws Exception {
        var values = new LinkedHashMap<String, Object>(Map.of(
                "tenant", "globex",
                "pool", "vault",
                "instance", "i-00000002",
                "node", "edge-1",
                "key", "disk",
                "operator", "founder",
                "role", "auditor",
                "digest", foreignGrant.digest().value(),
                "envelope", fleet.documents.envelope(foreignGrant),
                "all_tenants", true));
        values.put("request", Credentials.request(Authority.newKeyPair()));
        values.put("verb", Verb.STOP.getValueDescriptor());
        values.put("question", Question.DESIRED.getValueDescriptor());
        values.put("running", 7);
        values.put("size", 1L);
        values.put("to", 0L);
        var out = empty.toBuilder();
        for (var field : empty.getDescriptorForType().getFields()) {
            if (values.containsKey(field.getName())) {
                out.setField(field, values.get(field.getName()));
            }
        }
        return out.build();
    }

    private static void clean(String what, String text) {
        assertThat(FOREIGN).as(what + ": " + text).noneMatch(text::contains);
    }

    private HttpResponse<String> rest(Path credential, String name, Message request) throws Exception {
        var call = REST.route(name).orElseThrow().call(request);
        try (var client = Credentials.client(credential, true)) {
            return client.send(
                    fleet.request(call.verb(), call.path(), call.body()).build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    /// Returns the reason with which a call for another tenant has to end; empty if it has an answer.
    private static String expected(MethodDescriptor<?, ?> method, Message request) {
        return switch (ACCESS.scope(method.getFullMethodName())) {
            case TENANT -> "other_tenant";
            case FILTERED -> request.getDescriptorForType().findFieldByName("tenant") == null ? "" : "other_tenant";
            case CALLER -> "";
            case FLEET, SCOPE_UNSPECIFIED, UNRECOGNIZED -> "fleet_wide";
        };
    }

    @Test
    @Tag("claim-C9")
    void everyCall_withTheNamesOfAnotherTenant_givesNothingOfIt() throws Exception {
        int number = 0;
        var credential = admin();
        for (var method : FleetCalls.unary()) {
            if (++number % METHODS == 0) {
                credential = admin();
            }
            var name = String.valueOf(method.getBareMethodName());
            var request = attack(FleetCalls.empty(method));
            var expected = expected(method, request);
            var ending = FleetCalls.call(fleet.connect(credential), method, request);
            assertThat(ending.reason()).as(name).isEqualTo(expected);
            clean(name, ending.text());
            var answer = rest(credential, name, request);
            assertThat(answer.statusCode()).as(name).isEqualTo(expected.isEmpty() ? 200 : 403);
            assertThat(answer.body()).as(name).contains(expected);
            clean(name, answer.body());
        }
        assertThat(fleet.get("/v1/pools?tenant=globex").body()).contains("\"desired\":{\"running\":0,");
        assertThat(node.verbs).isEmpty();
        assertThat(node.audits).isEmpty();
        assertThat(node.questions).isEmpty();
    }

    /// The same requests are not refused to an admin for all tenants: the attacks above are no malformed requests.
    @Test
    void sameCalls_areForAnAdminForAllTenants() throws Exception {
        var channel = fleet.connect(fleet.founder());
        for (var name : List.of("GetInstance", "ListPools", "ScalePool", "GetGrant", "GetNode", "ListTenants")) {
            var method = FleetCalls.unary().stream()
                    .filter(each -> name.equals(each.getBareMethodName()))
                    .findFirst()
                    .orElseThrow();
            var ending = FleetCalls.call(channel, method, attack(FleetCalls.empty(method)));
            assertThat(ending.reason()).as(name).isEmpty();
        }
    }

    @Test
    @Tag("claim-C9")
    void lists_haveTheCallersTenantsOnly() throws Exception {
        fleet.post("/v1/pools/globex/vault:scale", "{\"running\":1}");
        eventually("/v1/events", body -> body.contains("globex") && body.contains("acme"));
        fleet.keyd.records.add("{\"seq\":1,\"action\":\"release\",\"tenant\":\"acme\",\"node\":\"edge-1\"}");
        fleet.keyd.records.add("{\"seq\":2,\"action\":\"release\",\"tenant\":\"globex\",\"node\":\"edge-1\"}");
        var credential = admin();
        for (var method : FleetCalls.unary()) {
            if (ACCESS.scope(method.getFullMethodName()) == Scope.FILTERED) {
                var name = String.valueOf(method.getBareMethodName());
                var ending = FleetCalls.call(fleet.connect(credential), method, FleetCalls.empty(method));
                assertThat(ending.reason()).as(name).isEmpty();
                clean(name, ending.text());
                var answer = rest(credential, name, FleetCalls.empty(method));
                assertThat(answer.statusCode()).isEqualTo(200);
                clean(name, answer.body());
                if (!name.equals("ListKeys")) {
                    assertThat(ending.text()).as(name).contains("acme");
                    assertThat(answer.body()).as(name).contains("acme");
                }
            }
        }
    }

    @Test
    void ownTenant_canBeChanged() throws Exception {
        try (var client = Credentials.client(fleet.operator("grace", "operator", "acme"), true)) {
            var answer = client.send(
                    fleet.request("POST", "/v1/pools/acme/web:scale", "{\"running\":2}")
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.body()).contains("\"desired\":{\"running\":2,");
            var refused = client.send(
                    fleet.request("DELETE", "/v1/tenants/acme", "").build(), HttpResponse.BodyHandlers.ofString());
            assertThat(refused.body()).as("for the role").contains("wrong_role");
        }
    }

    /// Refusals do not tell which tenants, pools or instances there are.
    @Test
    @Tag("claim-C9")
    void refusal_isTheSameForATenantThatDoesNotExist() throws Exception {
        try (var client = Credentials.client(admin(), true)) {
            for (var path :
                    List.of("/v1/instances/%s/vault/i-00000002", "/v1/instances?tenant=%s", "/v1/keys?tenant=%s")) {
                var there = client.send(
                        fleet.request("GET", path.formatted("globex"), "").build(),
                        HttpResponse.BodyHandlers.ofString());
                var nowhere = client.send(
                        fleet.request("GET", path.formatted("nowhere"), "").build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(there.statusCode()).isEqualTo(nowhere.statusCode()).isEqualTo(403);
                assertThat(there.body()).isEqualTo(nowhere.body());
            }
        }
    }

    @Test
    @Tag("claim-C9")
    void program_startsInNoInstanceOfAnotherTenant() throws Exception {
        var credential = admin();
        var ended = new CompletableFuture<Throwable>();
        FleetGrpc.newStub(fleet.connect(credential))
                .exec(new StreamObserver<>() {
                    @Override
                    public void onNext(ExecOutput output) {}

                    @Override
                    public void onError(Throwable error) {
                        ended.complete(error);
                    }

                    @Override
                    public void onCompleted() {
                        ended.complete(Status.OK.asRuntimeException());
                    }
                })
                .onNext(ExecInput.newBuilder()
                        .setStart(ExecStart.newBuilder()
                                .setTenant("globex")
                                .setPool("vault")
                                .setInstance("i-00000002")
                                .addArgv("sh"))
                        .build());
        assertThat(ended.get(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(FleetCalls.reason(e)).isEqualTo("other_tenant"));
        var uri = fleet.uri("/v1/instances/globex/vault/i-00000002/exec").toString();
        try (var client = Credentials.client(credential, true)) {
            assertThatThrownBy(() -> client.newWebSocketBuilder()
                            .buildAsync(URI.create(uri.replaceFirst("https", "wss")), new WebSocket.Listener() {})
                            .get(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .hasCauseInstanceOf(WebSocketHandshakeException.class);
        }
        assertThat(node.sessions).isEmpty();
    }

    /// A method that a later version adds cannot be called by an operator for some tenants before it has a scope, and
    /// a scope says what there is.
    @Test
    @Tag("claim-C9")
    void everyMethodOfTheFleet_hasAScope_thatItsRequestFits() {
        for (var method : FleetProto.getDescriptor().findServiceByName("Fleet").getMethods()) {
            var scope = ACCESS.scope(method.getService().getFullName() + "/" + method.getName());
            assertThat(scope).as(method.getName()).isNotEqualTo(Scope.SCOPE_UNSPECIFIED);
            var request = switch (method.getName()) {
                case "Exec" -> method.getInputType().findFieldByName("start").getMessageType();
                case "Logs" -> method.getInputType().findFieldByName("logs").getMessageType();
                default -> method.getInputType();
            };
            var tenant = request.findFieldByName("tenant");
            switch (scope) {
                case TENANT -> assertThat(tenant.getType()).isEqualTo(FieldDescriptor.Type.STRING);
                case FLEET ->
                    assertThat(tenant == null || method.getName().equals("CreateTenant"))
                            .as(method.getName())
                            .isTrue();
                case CALLER -> assertThat(method.getName()).isEqualTo("RenewOperator");
                default -> assertThat(method.getName()).startsWith("List");
            }
        }
    }
}
