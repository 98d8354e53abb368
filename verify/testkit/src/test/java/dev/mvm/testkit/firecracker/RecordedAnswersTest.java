package dev.mvm.testkit.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.json.Json;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.firecracker.Answer;
import dev.mvm.protocol.firecracker.Command;
import dev.mvm.protocol.firecracker.FirecrackerClient;
import dev.mvm.protocol.firecracker.FirecrackerConnection;
import dev.mvm.protocol.firecracker.InstanceInfo;
import dev.mvm.protocol.firecracker.NoContent;
import dev.mvm.protocol.firecracker.Operation;
import dev.mvm.protocol.firecracker.Query;
import dev.mvm.testkit.firecracker.Transcript.Line;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// The client understands everything that real ones have said.
@ParameterizedClass
@ValueSource(strings = {"1.15.1", "1.16.1", "1.17.0-dev"})
final class RecordedAnswersTest {
    @Parameter
    String version;

    private List<Line.Exchange> exchanges() {
        return Transcript.of(version).stream()
                .filter(Line.Exchange.class::isInstance)
                .map(Line.Exchange.class::cast)
                .toList();
    }

    /// A VMM that answers anything with `bytes`, `piece` of them at a time.
    private record Recorded(ByteBuffer bytes, int piece) implements FirecrackerConnection {
        @Override
        public int read(ByteBuffer into, long deadline) {
            int n = Math.min(Math.min(piece, bytes.remaining()), into.remaining());
            into.put(bytes.slice(bytes.position(), n));
            bytes.position(bytes.position() + n);
            return n == 0 ? -1 : n;
        }

        @Override
        public void write(ByteBuffer from, long deadline) {}
    }

    private <T> Answer<T> answer(Operation<T> operation, Line.Exchange exchange, int piece) {
        var bytes = ByteBuffer.wrap(exchange.response().bytes());
        return new FirecrackerClient(new Recorded(bytes, piece)).call(operation, 0);
    }

    /// An operation that the exchange could have been the answer to.
    private static Operation<?> operation(Line.Exchange exchange) {
        return switch (exchange.request().path()) {
            case "/" -> new Query.DescribeInstance();
            case "/version" -> RawRequest.VERSION;
            case String _ when exchange.request().method().equals("GET") -> RawRequest.CONFIG;
            default -> new Command.Pause();
        };
    }

    @Test
    void everyAnswer_isUnderstoodInAnyPieces() throws Exception {
        var kinds = EnumSet.noneOf(FaultKind.class);
        for (var exchange : exchanges()) {
            var what = "exchange " + exchange.number();
            var answer = answer(operation(exchange), exchange, 1);
            assertThat(answer(operation(exchange), exchange, Integer.MAX_VALUE))
                    .as(what)
                    .isEqualTo(saysMore(exchange) ? new Answer.Broken<>(Answer.Reason.NOT_HTTP) : answer);
            switch (answer) {
                case Answer.Value<?>(var value) ->
                    assertThat(exchange.response().statusLine())
                            .as(what)
                            .isEqualTo(value == NoContent.DONE ? "HTTP/1.1 204 " : "HTTP/1.1 200 ");
                case Answer.Fault<?>(var message) -> {
                    kinds.add(FaultKind.of(message));
                    assertThat(exchange.response().statusLine()).as(what).isEqualTo("HTTP/1.1 400 ");
                    assertThat(message).as(what).isEqualTo(message(exchange));
                }
                case Answer<?> other -> throw new AssertionError(what + ": " + other);
            }
        }
        assertThat(kinds)
                .contains(
                        FaultKind.NOT_STARTED,
                        FaultKind.ALREADY_STARTED,
                        FaultKind.MALFORMED_REQUEST,
                        FaultKind.NO_SUCH_REQUEST,
                        FaultKind.CONFIGURATION,
                        FaultKind.START,
                        FaultKind.SNAPSHOT_WHILE_RUNNING,
                        FaultKind.SNAPSHOT_STATE_FILE,
                        FaultKind.SNAPSHOT_MEMORY_WRITE,
                        FaultKind.LOAD_NOT_FRESH,
                        FaultKind.LOAD);
    }

    /// Some complaints of the HTTP layer come more than once.
    private static boolean saysMore(Line.Exchange exchange) {
        return exchange.response().body().lastIndexOf("HTTP/1.1") >= 0;
    }

    private static String message(Line.Exchange exchange) throws Exception {
        var body = exchange.response().body();
        if (body.startsWith("{ \"error\": ")) {
            return body.substring("{ \"error\": \"".length(), body.indexOf("\" }"))
                    .replace('\n', '?');
        }
        var fault = Json.parseObject(body.getBytes(StandardCharsets.UTF_8), JsonLimits.foreign(1 << 16));
        return fault.fields().string("fault_message");
    }

    @Test
    void instance_isReadInEachState() {
        var states = exchanges().stream()
                .filter(exchange -> exchange.request().path().equals("/"))
                .map(exchange -> answer(new Query.DescribeInstance(), exchange, 7))
                .toList();
        assertThat(states)
                .containsOnly(
                        info(InstanceInfo.State.NOT_STARTED),
                        info(InstanceInfo.State.RUNNING),
                        info(InstanceInfo.State.PAUSED));
    }

    private Answer<InstanceInfo> info(InstanceInfo.State state) {
        var info = new InstanceInfo("anonymous-instance", FirecrackerVersion.parse(version), state);
        return new Answer.Value<>(info);
    }
}
