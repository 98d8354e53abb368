package dev.mvm.protocol.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.json.Json;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.firecracker.Answer.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FirecrackerClientTest {
    private static final FirecrackerVersion VERSION = FirecrackerVersion.parse("1.16.1");
    private static final long DEADLINE = 0; // scripts do not wait
    private static final Query.DescribeInstance INSTANCE = new Query.DescribeInstance();
    private static final Command.Pause PAUSE = new Command.Pause();

    private record Config() implements Operation<Json.Obj> {
        @Override
        public ApiRequest request() {
            return ApiRequest.get("/vm/config");
        }

        @Override
        public ApiReply<Json.Obj> reply() {
            return new ApiReply<>(200, ApiReply::parse);
        }
    }

    private static <T> Answer<T> call(Operation<T> operation, ScriptedConnection connection) {
        return new FirecrackerClient(connection).call(operation, DEADLINE);
    }

    private static <T> Answer<T> call(Operation<T> operation, String script) {
        return call(operation, ScriptedConnection.closing(script.getBytes(UTF_8), left -> left));
    }

    private static String json(int status, String body) {
        return "HTTP/1.1 " + status + " \r\nContent-Type: application/json\r\nContent-Length: "
                + body.getBytes(UTF_8).length + "\r\n\r\n" + body;
    }

    private static String instance(String id, String state) {
        return json(
                200,
                "{\"id\":\"" + id + "\",\"state\":\"" + state
                        + "\",\"vmm_version\":\"1.16.1\",\"app_name\":\"Firecracker\"}");
    }

    @Test
    void command_isSentAndDone() {
        var connection = ScriptedConnection.closing("HTTP/1.1 204 \r\n\r\n".getBytes(UTF_8), left -> left);
        assertThat(call(PAUSE, connection)).isEqualTo(new Answer.Value<>(NoContent.DONE));
        assertThat(new String(connection.written(), UTF_8))
                .isEqualTo("PATCH /vm HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 18\r\n\r\n{\"state\":\"Paused\"}");
    }

    @Test
    void queries_areAnsweredTyped() {
        assertThat(call(INSTANCE, instance("i-0a1b2c3d", "Not started")))
                .isEqualTo(new Answer.Value<>(new InstanceInfo("i-0a1b2c3d", VERSION, InstanceInfo.State.NOT_STARTED)));
        assertThat(call(INSTANCE, instance("x", "Running"))).isInstanceOf(Answer.Value.class);
        assertThat(call(INSTANCE, instance("x", "Paused"))).isInstanceOf(Answer.Value.class);
        assertThat(call(new Config(), json(200, "{\"vsock\":null,\"later\":1.5}")))
                .isEqualTo(new Answer.Value<>(Json.object()
                        .put("vsock", new Json.Null())
                        .put("later", new Json.Dec("1.5"))
                        .end()));
    }

    @Test
    void fault_isRecognised() {
        var message = "The requested operation is not supported before starting the microVM.";
        assertThat(call(PAUSE, json(400, "{\"fault_message\":\"" + message + "\"}")))
                .isEqualTo(new Answer.Fault<>(message));
        assertThat(call(INSTANCE, json(413, "{\"fault_message\":\"\"}"))).isEqualTo(new Answer.Fault<>(""));
    }

    @Test
    void errorOfTheHttpLayer_isAFaultThoughItIsNotJson() {
        var body = "{ \"error\": \"Invalid request.\nAll previous unanswered requests will be dropped.\" }";
        assertThat(call(PAUSE, json(400, body)))
                .isEqualTo(new Answer.Fault<>("Invalid request.?All previous unanswered requests will be dropped."));
        assertThat(call(PAUSE, json(503, "{ \"error\": \"Too many open connections\" }")))
                .isEqualTo(new Answer.Fault<>("Too many open connections"));
    }

    @Test
    void hostileText_isCutAndCleaned() {
        var fault = call(PAUSE, json(400, "{\"fault_message\":\"\\u001b[2J\u20ac\\n" + "x".repeat(60_000) + "\"}"));
        assertThat(fault)
                .isInstanceOfSatisfying(
                        Answer.Fault.class,
                        f -> assertThat(f.message()).startsWith("?[2J??xx").hasSize(512));
        assertThat(call(INSTANCE, instance("\\u001b" + "y".repeat(100), "Paused")))
                .isEqualTo(
                        new Answer.Value<>(new InstanceInfo("?" + "y".repeat(63), VERSION, InstanceInfo.State.PAUSED)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | {}",
                "200 | []",
                "200 | {\"id\":1,\"state\":\"Paused\",\"vmm_version\":\"1.16.1\"}",
                "200 | {\"id\":\"x\",\"state\":\"Flying\",\"vmm_version\":\"1.16.1\"}",
                "200 | {\"id\":\"x\",\"state\":\"Paused\",\"vmm_version\":\"one\"}",
                "200 | {\"id\":\"x\",\"id\":\"x\",\"state\":\"Paused\",\"vmm_version\":\"1.16.1\"}",
                "400 | {}",
                "400 | {\"fault_message\":null}",
                "400 | {\"fault_message\":7}",
                "400 | { \"error\": \"no end",
                "400 | { \"error\": \" }",
                "503 | {}",
            })
    void contentThatDoesNotFit_isBroken(int status, String body) {
        assertThat(call(INSTANCE, json(status, body))).isEqualTo(new Answer.Broken<>(Reason.MALFORMED_BODY));
    }

    @Test
    void statusOfAnotherAnswer_isBroken() {
        var unexpected = new Answer.Broken<>(Reason.UNEXPECTED_STATUS);
        assertThat(call(INSTANCE, "HTTP/1.1 204 \r\n\r\n")).isEqualTo(unexpected);
        assertThat(call(PAUSE, json(200, "{}"))).isEqualTo(unexpected);
        assertThat(call(PAUSE, json(500, "oops"))).isEqualTo(unexpected);
        assertThat(call(PAUSE, json(100, ""))).isEqualTo(unexpected);
        assertThat(call(PAUSE, json(302, ""))).isEqualTo(unexpected);
    }

    @Test
    void lostConnection_isBroken() {
        assertThat(call(PAUSE, "")).isEqualTo(new Answer.Broken<>(Reason.CLOSED));
        assertThat(call(PAUSE, "220 mail\r\n\r\n")).isEqualTo(new Answer.Broken<>(Reason.NOT_HTTP));
        assertThat(call(PAUSE, ScriptedConnection.silent(new byte[0])))
                .isEqualTo(new Answer.Broken<>(Reason.TIMED_OUT));
    }

    /// A VMM that answers on, one answer at each read, as long as it is asked.
    private static ScriptedConnection inTurn(List<String> answers) {
        var sizes = answers.stream().map(String::length).iterator();
        return ScriptedConnection.closing(String.join("", answers).getBytes(UTF_8), _ -> sizes.next());
    }

    @Test
    void oneConnection_servesRequestsInTurn() {
        var fault = "{\"fault_message\":\"no\"}";
        var connection = inTurn(List.of(instance("x", "Running"), json(400, fault), "HTTP/1.1 204 \r\n\r\n"));
        var client = new FirecrackerClient(connection);
        assertThat(client.call(INSTANCE, DEADLINE)).isInstanceOf(Answer.Value.class);
        assertThat(client.call(PAUSE, DEADLINE)).isEqualTo(new Answer.Fault<>("no"));
        assertThat(client.call(PAUSE, DEADLINE)).isEqualTo(new Answer.Value<>(NoContent.DONE));
        assertThat(client.call(PAUSE, DEADLINE)).isEqualTo(new Answer.Broken<>(Reason.CLOSED));
    }

    @Test
    void brokenAnswer_isTheLast() {
        var connection = inTurn(List.of("HTTP/1.1 302 \r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 \r\n\r\n"));
        var client = new FirecrackerClient(connection);
        var broken = new Answer.Broken<>(Reason.UNEXPECTED_STATUS);
        assertThat(client.call(PAUSE, DEADLINE)).isEqualTo(broken);
        int written = connection.written().length;
        assertThat(client.call(PAUSE, DEADLINE)).isEqualTo(broken);
        assertThat(client.call(INSTANCE, DEADLINE)).isEqualTo(broken);
        assertThat(connection.written()).hasSize(written);
    }

    /// It would be taken for the answer to the next request.
    @Test
    void answerWithMoreBehindIt_isBroken() {
        var more = new Answer.Broken<>(Reason.NOT_HTTP);
        assertThat(call(PAUSE, "HTTP/1.1 204 \r\n\r\nHTTP/1.1 204 \r\n\r\n")).isEqualTo(more);
        assertThat(call(INSTANCE, instance("x", "Paused") + " ")).isEqualTo(more);
        assertThat(call(PAUSE, json(400, "{\"fault_message\":\"no\"}") + "\n")).isEqualTo(more);
    }

    @FuzzTest(maxDuration = "10s")
    void anyAnswer_hasAMeaning(byte[] script) {
        for (var operation : new Operation<?>[] {INSTANCE, PAUSE, new Config()}) {
            assertThat(call(operation, ScriptedConnection.closing(script, left -> left)))
                    .isNotNull();
        }
    }
}
