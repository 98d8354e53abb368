package dev.mvm.protocol.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.atlassian.oai.validator.OpenApiInteractionValidator;
import com.atlassian.oai.validator.model.Request.Method;
import com.atlassian.oai.validator.model.SimpleRequest;
import dev.mvm.json.Json;
import dev.mvm.json.JsonLimits;
import dev.mvm.property.Property;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Requests against Firecracker's own description of its API, of the version they are meant for.
final class ApiRequestTest {
    private static final Map<String, OpenApiInteractionValidator> DESCRIPTIONS =
            Map.of("1.15.1", description("1.15.1"), "1.16.1", description("1.16.1"));

    private static OpenApiInteractionValidator description(String version) {
        var file = "/dev/mvm/protocol/firecracker/firecracker-" + version + ".yaml";
        return OpenApiInteractionValidator.createForSpecificationUrl(file).build();
    }

    private static List<String> complaints(String version, ApiRequest request) {
        var builder = new SimpleRequest.Builder(Method.valueOf(request.method()), request.target());
        if (!request.body().isEmpty()) {
            builder.withContentType("application/json").withBody(request.body());
        }
        return DESCRIPTIONS.get(version).validateRequest(builder.build()).getMessages().stream()
                .map(Object::toString)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.15.1", "1.16.1"})
    void everyRequest_isAsDescribedForItsVersion(String version) {
        var sent = new HashSet<Class<?>>();
        Property.holds(1_500, draw -> {
            var operation = AnyOperation.of(draw);
            sent.add(operation.getClass());
            assertThat(complaints(version, operation.request())).isEmpty();
        });
        assertThat(sent).hasSize(AnyOperation.KINDS.size());
    }

    @Test
    void everyKind_isDrawn() {
        var permitted = Stream.<Class<?>>of(Command.class, Query.class)
                .flatMap(kind -> Arrays.stream(kind.getPermittedSubclasses()))
                .toList();
        var drawn = new HashSet<Class<?>>();
        Property.holds(1_500, draw -> drawn.add(AnyOperation.of(draw).getClass()));
        assertThat(drawn).hasSameElementsAs(permitted);
    }

    /// Shows that the description would notice a field that Firecracker does not know.
    @Test
    void unknownFields_areNoticedByTheDescription() {
        var request = ApiRequest.put("/vsock", Json.object().put("guest_cid", 3).put("uds", "/io/v.sock"));
        assertThat(complaints("1.16.1", request)).isNotEmpty();
    }

    @Test
    void volume_honoursFlushesAndUsesNoIoUring() {
        var drive = new Command.Drive(new DeviceId("d"), new VmmPath("/drive"), false, new RateLimit(0, 0));
        assertThat(drive.request().body())
                .contains("\"cache_type\":\"Writeback\"", "\"io_engine\":\"Sync\"", "\"is_read_only\":false")
                .doesNotContain("limiter");
    }

    /// Firecracker keeps a bucket that a change does not mention, so a change mentions both.
    @Test
    void limit_isWhatOneSecondAllows_andItsChangeTakesAwayWhatItDoesNotHave() {
        var path = new VmmPath("/drive");
        var id = new DeviceId("d");
        var bytes = "\"bandwidth\":{\"size\":5242880,\"refill_time\":1000}";
        var requests = "\"ops\":{\"size\":30,\"refill_time\":1000}";
        assertThat(new Command.Drive(id, path, false, new RateLimit(5 << 20, 30))
                        .request()
                        .body())
                .contains("\"rate_limiter\":{" + bytes + "," + requests + "}");
        assertThat(new Command.Drive(id, path, false, new RateLimit(5 << 20, 0))
                        .request()
                        .body())
                .contains("\"rate_limiter\":{" + bytes + "}");
        assertThat(new Command.DriveLimit(id, new RateLimit(5 << 20, 0))
                        .request()
                        .body())
                .isEqualTo(
                        "{\"drive_id\":\"d\",\"rate_limiter\":{" + bytes + ",\"ops\":{\"size\":0,\"refill_time\":0}}}");
        var network = new Command.NetworkInterface(id, "t", "02:00:00:00:00:01", new RateLimit(0, 30));
        assertThat(network.request().body())
                .contains("\"rx_rate_limiter\":{" + requests + "}", "\"tx_rate_limiter\":{" + requests + "}");
        assertThat(new Command.NetworkLimit(id, new RateLimit(0, 30)).request().body())
                .contains("\"bandwidth\":{\"size\":0,\"refill_time\":0}," + requests);
    }

    @Test
    void load_leavesTheGuestPausedAndTakesItsMemoryFromTheSocket() {
        var load = new Command.LoadSnapshot(new VmmPath("/snap/vmstate"), new VmmPath("/io/faults.sock"));
        assertThat(load.request().body())
                .isEqualTo("{\"snapshot_path\":\"/snap/vmstate\",\"mem_backend\":{\"backend_type\":\"Uffd\","
                        + "\"backend_path\":\"/io/faults.sock\"},\"resume_vm\":false}");
    }

    /// Firecracker's limits: lines of 1,024 bytes, bodies of 51,200.
    @Test
    void requestOnTheWire_hasOneLengthAndFitsFirecrackersLimits() {
        Property.holds(1_500, draw -> {
            var request = AnyOperation.of(draw).request();
            var text = UTF_8.decode(request.bytes()).toString();
            int end = text.indexOf("\r\n\r\n");
            var lines = List.of(text.substring(0, end).split("\r\n"));
            assertThat(lines)
                    .allMatch(line -> line.length() < 1_000)
                    .startsWith(request.method() + " " + request.target() + " HTTP/1.1", "Host: localhost");
            var body = text.substring(end + 4);
            assertThat(body).isEqualTo(request.body()).hasSizeLessThan(51_200);
            if (body.isEmpty()) {
                assertThat(lines).hasSize(2);
            } else {
                assertThat(lines).contains("Content-Length: " + body.length());
                Json.parseObject(body.getBytes(UTF_8), JsonLimits.signed(51_200));
            }
        });
    }
}
