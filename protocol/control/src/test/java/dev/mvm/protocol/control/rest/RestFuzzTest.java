package dev.mvm.protocol.control.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.protocol.control.v1.FleetProto;
import dev.mvm.protocol.control.v1.PublishGrantRequest;
import dev.mvm.protocol.control.v1.ScalePoolRequest;
import java.util.Map;

/// Bodies and paths as an attacker may send them.
final class RestFuzzTest {
    private static final RestMapping FLEET =
            RestMapping.of(FleetProto.getDescriptor().findServiceByName("Fleet"));

    @FuzzTest(maxDuration = "10s")
    void body_isARequestOrRefused(byte[] input) {
        var text = new String(input, UTF_8);
        try {
            var scale = FLEET.route("ScalePool").orElseThrow();
            var request = scale.request(
                    ScalePoolRequest.getDefaultInstance(), Map.of("tenant", "a", "pool", "b"), Map.of(), text);
            assertThat(((ScalePoolRequest) request).getTenant()).isEqualTo("a");
            var publish = FLEET.route("PublishGrant").orElseThrow();
            assertThat(publish.request(PublishGrantRequest.getDefaultInstance(), Map.of(), Map.of(), text))
                    .isNotNull();
        } catch (RestException e) {
            assertThat(e).hasMessageNotContaining("\n");
        }
    }

    @FuzzTest(maxDuration = "10s")
    void path_isOfOneRouteOrNone(byte[] input) {
        var path = new String(input, UTF_8);
        for (var route : FLEET.routes()) {
            route.path()
                    .match(path)
                    .ifPresent(variables ->
                            assertThat(route.path().expand(variables)).isEqualTo(path));
        }
    }
}
