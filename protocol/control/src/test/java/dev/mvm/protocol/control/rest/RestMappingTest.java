package dev.mvm.protocol.control.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import dev.mvm.protocol.control.v1.ChangeInstanceRequest;
import dev.mvm.protocol.control.v1.FleetProto;
import dev.mvm.protocol.control.v1.ListInstancesRequest;
import dev.mvm.protocol.control.v1.ListNodesResponse;
import dev.mvm.protocol.control.v1.Node;
import dev.mvm.protocol.control.v1.Pool;
import dev.mvm.protocol.control.v1.ScalePoolRequest;
import dev.mvm.protocol.control.v1.Verb;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RestMappingTest {
    private static final RestMapping FLEET =
            RestMapping.of(FleetProto.getDescriptor().findServiceByName("Fleet"));

    private static Route route(String name) {
        return FLEET.route(name).orElseThrow();
    }

    @Test
    void everyCallButTheStream_hasARouteOfItsOwn() {
        var service = FleetProto.getDescriptor().findServiceByName("Fleet");
        var unary = service.getMethods().stream()
                .filter(method -> !method.isClientStreaming())
                .map(MethodDescriptor::getName)
                .toList();
        assertThat(FLEET.routes())
                .extracting(Route::name)
                .containsExactlyElementsOf(unary)
                .hasSizeGreaterThan(10);
        var lines = new HashSet<String>();
        FLEET.routes()
                .forEach(route ->
                        assertThat(lines.add(route.verb() + route.path())).isTrue());
    }

    @Test
    void everyRoute_isFoundByThePathThatItMakes() throws RestException {
        for (var route : FLEET.routes()) {
            var request = DynamicMessage.newBuilder(route.method().getInputType());
            for (var name : route.path().variables()) {
                request.setField(route.method().getInputType().findFieldByName(name), "x-" + name);
            }
            var call = route.call(request.build());
            assertThat(FLEET.find(call.verb(), call.path()))
                    .isInstanceOfSatisfying(RestMapping.Lookup.Found.class, found -> {
                        assertThat(found.route()).isEqualTo(route);
                        assertThat(found.variables())
                                .hasSize(route.path().variables().size());
                    });
            var found = (RestMapping.Lookup.Found) FLEET.find(call.verb(), call.path());
            assertThat(route.request(request.build(), found.variables(), Map.of(), call.body()))
                    .isEqualTo(request.build());
        }
    }

    @Test
    void wrongVerb_saysWhichAreRight() {
        assertThat(FLEET.find("PUT", "/v1/tenants"))
                .isEqualTo(new RestMapping.Lookup.WrongVerb(List.of("GET", "POST")));
        assertThat(FLEET.find("GET", "/v1/nothing")).isEqualTo(new RestMapping.Lookup.Nowhere());
        assertThat(FLEET.find("POST", "/mvm.control.v1.Fleet/Exec")).isEqualTo(new RestMapping.Lookup.Nowhere());
    }

    @Test
    void bodyPathAndQuery_makeTheRequest() throws RestException {
        var change = route("ChangeInstance")
                .request(
                        ChangeInstanceRequest.getDefaultInstance(),
                        Map.of("tenant", "acme", "pool", "web", "instance", "i-00000001"),
                        Map.of(),
                        "{\"verb\": \"SLEEP\"}");
        assertThat(change)
                .isEqualTo(ChangeInstanceRequest.newBuilder()
                        .setTenant("acme")
                        .setPool("web")
                        .setInstance("i-00000001")
                        .setVerb(Verb.SLEEP)
                        .build());
        var query = new LinkedHashMap<String, String>();
        query.put("tenant", "acme");
        query.put("pool", "web");
        assertThat(route("ListInstances").request(ListInstancesRequest.getDefaultInstance(), Map.of(), query, ""))
                .isEqualTo(ListInstancesRequest.newBuilder()
                        .setTenant("acme")
                        .setPool("web")
                        .build());
    }

    @Test
    void zeroThatWasGiven_isNotTheSameAsNothing() throws RestException {
        var path = Map.of("tenant", "acme", "pool", "web");
        var zero = (ScalePoolRequest)
                route("ScalePool").request(ScalePoolRequest.getDefaultInstance(), path, Map.of(), "{\"running\": 0}");
        assertThat(zero.hasRunning()).isTrue();
        assertThat(zero.hasWarm()).isFalse();
        var nothing = (ScalePoolRequest)
                route("ScalePool").request(ScalePoolRequest.getDefaultInstance(), path, Map.of(), "");
        assertThat(nothing.hasRunning()).isFalse();
        assertThat(route("ScalePool").call(zero).body())
                .contains("\"running\":0")
                .doesNotContain("warm");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"runing\": 1}",
                "{\"running\": \"x\"}",
                "{\"running\": 1.5}",
                "{\"running\": 99999999999}",
                "[]",
                "1",
                "nonsense",
                "{",
                "{\"running\": {}}",
                "{\"running\": 1} x",
                "{\"tenant\": \"other\"}",
                "{\"running\": null}",
                "{\"running\": 1, \"running\": 1}",
                "{running: 1}",
                "{\"running\": [1]}"
            })
    void bodyThatIsNoRequest_isRefusedInOneLine(String body) {
        var path = Map.of("tenant", "acme", "pool", "web");
        assertThatThrownBy(
                        () -> route("ScalePool").request(ScalePoolRequest.getDefaultInstance(), path, Map.of(), body))
                .isInstanceOf(RestException.class)
                .hasMessageNotContaining("\n");
    }

    @Test
    void unknownOrMisplacedParameter_isRefused() {
        Message empty = ListInstancesRequest.getDefaultInstance();
        assertThatThrownBy(() -> route("ListInstances").request(empty, Map.of(), Map.of("tenat", "a"), ""))
                .isInstanceOf(RestException.class);
        assertThatThrownBy(() -> route("ListInstances").request(empty, Map.of(), Map.of(), "{}"))
                .isInstanceOf(RestException.class);
        assertThatThrownBy(() -> route("ScalePool")
                        .request(ScalePoolRequest.getDefaultInstance(), Map.of(), Map.of("running", "1"), ""))
                .isInstanceOf(RestException.class);
    }

    @Test
    void zeros_arePrinted() {
        assertThat(JsonText.of(Pool.getDefaultInstance()))
                .contains("\"mem_mib\":0", "\"flags\":[]", "\"address\":\"\"");
    }

    /// ProtoJSON would make a string of a 64-bit integer.
    @Test
    void allIntegers_areNumbers() {
        var node = Node.newBuilder()
                .setNode("n-1")
                .setSequenceSent(Long.MAX_VALUE)
                .setMemMib(3)
                .putRefusals("expired", 4);
        var nodes = ListNodesResponse.newBuilder().addNodes(node).build();
        assertThat(JsonText.of(nodes))
                .contains("\"sequence_sent\":9223372036854775807", "\"mem_mib\":3", "\"refusals\":{\"expired\":4}");
    }
}
