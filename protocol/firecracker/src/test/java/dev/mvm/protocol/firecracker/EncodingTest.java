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
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Requests against Firecracker's own description of its API, of the version they are meant for.
final class EncodingTest {
    private static final Map<String, OpenApiInteractionValidator> DESCRIPTIONS =
            Map.of("1.15.1", description("1.15.1"), "1.16.1", description("1.16.1"));

    private static OpenApiInteractionValidator description(String version) {
        var file = "/dev/mvm/protocol/firecracker/firecracker-" + version + ".yaml";
        return OpenApiInteractionValidator.createForSpecificationUrl(file).build();
    }

    private static List<String> complaints(String version, Request request) {
        var builder = new SimpleRequest.Builder(Method.valueOf(request.method()), request.target());
        if (!request.body().isEmpty()) {
            builder.withContentType("application/json").withBody(request.body());
        }
        return DESCRIPTIONS.get(version).validateRequest(builder.build()).getMessages().stream()
                .map(Object::toString)
                .toList();
    }

    private static boolean understands(String version, Operation<?> operation) {
        return Encoding.needs(operation).stream().allMatch(need -> need.in(FirecrackerVersion.parse(version)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.15.1", "1.16.1"})
    void everyRequest_isAsDescribedForItsVersion(String version) {
        var sent = new HashSet<Class<?>>();
        Property.holds(1_500, draw -> {
            var operation = AnyOperation.of(draw);
            if (understands(version, operation)) {
                sent.add(operation.getClass());
                assertThat(complaints(version, Encoding.request(operation))).isEmpty();
            }
        });
        assertThat(sent).hasSize(version.equals("1.15.1") ? AnyOperation.KINDS.size() - 1 : AnyOperation.KINDS.size());
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

    /// Shows that the description would notice what the table of features prevents.
    @Test
    void fieldsOfLaterVersions_areUnknownToTheDescriptionOfEarlierOnes() {
        var vsock = new Command.LoadSnapshot.Option.VsockOverride(new VmmPath("/io/v.sock"));
        var serial = new Command.SerialLimit(TokenBucket.perSecond(65_536));
        for (var operation : List.<Command>of(load(vsock), serial)) {
            assertThat(complaints("1.15.1", Encoding.request(operation))).isNotEmpty();
            assertThat(complaints("1.16.1", Encoding.request(operation))).isEmpty();
            assertThat(understands("1.15.1", operation)).isFalse();
            assertThat(understands("1.16.1", operation)).isTrue();
        }
    }

    private static Command.LoadSnapshot load(Command.LoadSnapshot.Option... options) {
        return new Command.LoadSnapshot(
                new VmmPath("/snap/state"),
                new Command.LoadSnapshot.MemoryBackend.Uffd(new VmmPath("/io/u.sock")),
                List.of(options));
    }

    @Test
    void needs_areThoseOfTheOptions() {
        assertThat(Encoding.needs(load())).isEmpty();
        assertThat(Encoding.needs(load(Command.LoadSnapshot.Option.Flag.values())))
                .isEqualTo(Set.of(Feature.LOAD_TRACK_DIRTY_PAGES, Feature.CLOCK_REALTIME));
        assertThat(Encoding.needs(load(new Command.LoadSnapshot.Option.NetworkOverride(new DeviceId("e0"), "tn0i3"))))
                .isEqualTo(Set.of(Feature.NETWORK_OVERRIDES));
    }

    @Test
    void load_saysOnlyWhatIsWanted() {
        assertThat(Encoding.request(load()).body())
                .isEqualTo("{\"snapshot_path\":\"/snap/state\",\"mem_backend\":{\"backend_type\":\"Uffd\","
                        + "\"backend_path\":\"/io/u.sock\"}}");
        assertThat(Encoding.request(load(Command.LoadSnapshot.Option.Flag.values()))
                        .body())
                .endsWith(",\"resume_vm\":true,\"track_dirty_pages\":true,\"clock_realtime\":true}");
    }

    @Test
    void volume_honoursFlushesAndUsesNoIoUring() {
        var body = Encoding.request(drive(false)).body();
        assertThat(body)
                .contains("\"cache_type\":\"Writeback\"", "\"io_engine\":\"Sync\"")
                .doesNotContain("limiter");
        assertThat(Encoding.request(drive(true)).body()).contains("\"cache_type\":\"Unsafe\"", "\"is_read_only\":true");
    }

    private static Command.Drive drive(boolean readOnly) {
        return new Command.Drive(new DeviceId("d"), new VmmPath("/drive"), false, readOnly, RateLimiter.UNLIMITED);
    }

    /// Firecracker's limits: lines of 1,024 bytes, bodies of 51,200.
    @Test
    void requestOnTheWire_hasOneLengthAndFitsFirecrackersLimits() {
        Property.holds(1_500, draw -> {
            var request = Encoding.request(AnyOperation.of(draw));
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
