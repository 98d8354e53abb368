package dev.mvm.protocol.qmp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.qmp.QmpAnswer.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class QmpClientTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String GREETING =
            "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 13, \"minor\": 0, \"major\": 10},"
                    + " \"package\": \"x\"}, \"capabilities\": [\"oob\"]}}\r\n";
    private static final String READY = GREETING + "{\"return\": {}, \"id\": 1}\r\n";
    private static final String STOP =
            "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"STOP\"}\r\n";
    private static final String SILENCE = "\u0000";

    private final List<QmpEvent> events = new ArrayList<>();

    private static ScriptedConnection script(String text) {
        return new ScriptedConnection(text.getBytes(UTF_8), left -> left);
    }

    private QmpClient ready(ScriptedConnection connection) {
        var client = new QmpClient(connection, events::add);
        assertThat(client.negotiate(PATIENCE)).isEqualTo(new QmpAnswer.Value<>(EmptyReturn.DONE));
        return client;
    }

    private <T> QmpAnswer<T> call(QmpCommand<T> command, String answer) {
        return ready(script(READY + answer)).call(command, PATIENCE);
    }

    private static String returns(String value) {
        return "{\"return\": " + value + ", \"id\": 2}\r\n";
    }

    private static <T> QmpAnswer<T> broken(Reason reason) {
        return new QmpAnswer.Broken<>(reason);
    }

    @Test
    void commands_areSentAsLinesWithTheirIds() {
        var connection = script(READY + returns("{}") + "{\"id\":3,\"return\":{}}\n");
        var client = ready(connection);
        assertThat(client.call(new QmpCommand.Stop(), PATIENCE)).isEqualTo(new QmpAnswer.Value<>(EmptyReturn.DONE));
        var capabilities = new QmpCommand.SetCapabilities(Set.of(MigrationCapability.MAPPED_RAM));
        assertThat(client.call(capabilities, PATIENCE)).isEqualTo(new QmpAnswer.Value<>(EmptyReturn.DONE));
        assertThat(connection.written().lines())
                .containsExactly(
                        "{\"execute\":\"qmp_capabilities\",\"id\":1}",
                        "{\"execute\":\"stop\",\"id\":2}",
                        "{\"execute\":\"migrate-set-capabilities\",\"id\":3,\"arguments\":{\"capabilities\":["
                                + "{\"capability\":\"events\",\"state\":false},"
                                + "{\"capability\":\"mapped-ram\",\"state\":true},"
                                + "{\"capability\":\"x-ignore-shared\",\"state\":false}]}}");
    }

    @Test
    void answers_areReadTyped() {
        assertThat(call(new QmpCommand.QueryStatus(), returns("{\"status\": \"prelaunch\", \"running\": false}")))
                .isEqualTo(new QmpAnswer.Value<>(RunState.PRELAUNCH));
        assertThat(call(new QmpCommand.QueryStatus(), returns("{\"status\": \"later-word\"}")))
                .isEqualTo(new QmpAnswer.Value<>(RunState.OTHER));
        assertThat(call(new QmpCommand.QueryMigrate(), returns("{}")))
                .isEqualTo(new QmpAnswer.Value<>(new Migration(Migration.Status.NONE, "")));
        assertThat(call(
                        new QmpCommand.QueryMigrate(),
                        returns("{\"status\": \"failed\", \"error-desc\": \"no\\nspace\", \"ram\": {\"mbps\": 1.5}}")))
                .isEqualTo(new QmpAnswer.Value<>(new Migration(Migration.Status.FAILED, "no?space")));
    }

    @Test
    void refusal_isAFault() {
        assertThat(call(
                        new QmpCommand.Cont(),
                        "{\"id\": 2, \"error\": {\"class\": \"GenericError\", \"desc\": \"bad\\u001b" + "x".repeat(600)
                                + "\"}}\n"))
                .isInstanceOfSatisfying(QmpAnswer.Fault.class, fault -> {
                    assertThat(fault.errorClass()).isEqualTo("GenericError");
                    assertThat(fault.description()).startsWith("bad?xx").hasSize(512);
                });
    }

    @Test
    void events_areDeliveredInOrderWhileWaiting() {
        var text = STOP
                + "{\"event\": \"RESUME\"}\r\n"
                + "{\"event\": \"RESET\", \"data\": {\"guest\": true, \"reason\": \"guest-reset\"}}\r\n"
                + "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": false, \"reason\": \"host-qmp-quit\"}}\r\n"
                + "{\"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"pause\"}}\r\n"
                + "{\"event\": \"MIGRATION\", \"data\": {\"status\": \"completed\"}}\r\n"
                + "{\"event\": \"MIGRATION_PASS\", \"data\": {\"pass\": 1}}\r\n"
                + returns("{}");
        assertThat(call(new QmpCommand.Stop(), text)).isEqualTo(new QmpAnswer.Value<>(EmptyReturn.DONE));
        assertThat(events)
                .containsExactly(
                        new QmpEvent.Stopped(),
                        new QmpEvent.Resumed(),
                        new QmpEvent.Reset(true),
                        new QmpEvent.Shutdown(false, "host-qmp-quit"),
                        new QmpEvent.GuestPanicked("pause"),
                        new QmpEvent.MigrationMoved(Migration.Status.COMPLETED),
                        new QmpEvent.Other("MIGRATION_PASS"));
    }

    @Test
    void listen_waitsForOneEvent() {
        var client = ready(script(READY + STOP + STOP + SILENCE));
        assertThat(client.listen(PATIENCE)).isEqualTo(new QmpAnswer.Value<>(EmptyReturn.DONE));
        assertThat(events).hasSize(1);
        assertThat(client.listen(PATIENCE)).isEqualTo(new QmpAnswer.Value<>(EmptyReturn.DONE));
        assertThat(client.listen(PATIENCE)).isEqualTo(broken(Reason.TIMED_OUT));
        assertThat(client.listen(PATIENCE)).isEqualTo(broken(Reason.CLOSED));
        assertThat(events).hasSize(2);
    }

    @Test
    void answerThatComesTooLate_isNotTakenForTheNext() {
        var connection = script(READY + "{\"ret" + SILENCE + "urn\": {\"status\": \"running\"}, \"id\": 2}\r\n"
                + "{\"return\": {\"status\": \"paused\"}, \"id\": 3}\r\n");
        var client = ready(connection);
        assertThat(client.call(new QmpCommand.QueryStatus(), PATIENCE)).isEqualTo(broken(Reason.TIMED_OUT));
        assertThat(connection.isClosed()).isFalse();
        assertThat(client.call(new QmpCommand.QueryStatus(), PATIENCE))
                .isEqualTo(new QmpAnswer.Value<>(RunState.PAUSED));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "[]",
                "{}",
                "{\"return\": {}}",
                "{\"return\": {}, \"id\": 3}",
                "{\"return\": {}, \"id\": 0}",
                "{\"return\": {}, \"id\": \"2\"}",
                "{\"return\": [], \"id\": 2}",
                "{\"error\": {}, \"id\": 2}",
                "{\"error\": \"x\", \"id\": 2}",
                "{\"return\": {}, \"return\": {}, \"id\": 2}",
                "{\"event\": 7}",
                "{\"event\": \"RESET\"}",
                "{\"event\": \"RESET\", \"data\": 7}",
                "{\"event\": \"SHUTDOWN\", \"data\": {}}",
                "{\"QMP\": {}}",
                "{\"return\": {\"status\": 7}, \"id\": 2}",
                "{\"return\": {}, \"id\": 2}"
            })
    void whatIsNotTheProtocol_endsTheConnection(String line) {
        var connection = script(READY + line + "\r\n");
        var client = ready(connection);
        assertThat(client.call(new QmpCommand.QueryStatus(), PATIENCE)).isEqualTo(broken(Reason.MALFORMED));
        assertThat(connection.isClosed()).isTrue();
        assertThat(client.call(new QmpCommand.QueryStatus(), PATIENCE)).isEqualTo(broken(Reason.CLOSED));
    }

    /// QEMU keeps what it could not send to a connection any more, and begins the next one with that.
    @Test
    void whatWasForAnEarlierConnection_isPassedOver() {
        var connection = script(STOP + "{\"return\": {}, \"id\": 2}\r\n" + READY);
        assertThat(new QmpClient(connection, events::add).negotiate(PATIENCE))
                .isEqualTo(new QmpAnswer.Value<>(EmptyReturn.DONE));
        assertThat(events).isEmpty();
    }

    @Test
    void withoutAGreeting_thereIsNoTalk() {
        for (var text : List.of("{\"return\": {}, \"id\": 1}\n", STOP, "")) {
            assertThat(new QmpClient(script(text), events::add).negotiate(PATIENCE))
                    .isEqualTo(broken(Reason.CLOSED));
        }
        assertThat(new QmpClient(script("220 mail\r\n"), events::add).negotiate(PATIENCE))
                .isEqualTo(broken(Reason.MALFORMED));
    }

    @Test
    void endlessLine_isRefusedAtItsLimit() {
        var connection = script(READY + "{\"a\": \"" + "x".repeat(1 << 20));
        assertThat(ready(connection).call(new QmpCommand.Stop(), PATIENCE)).isEqualTo(broken(Reason.TOO_LARGE));
        assertThat(connection.unread()).isGreaterThan((1 << 20) - LineReader.LINE_MAX - 100);
    }

    @Test
    void conversation_isTheSameInAnyPieces() {
        Property.holds(400, draw -> {
            var text = READY + conversation(draw);
            var whole = talk(text, left -> left);
            assertThat(talk(text, left -> draw.intBetween(1, Math.min(left, 30))))
                    .isEqualTo(whole);
            assertThat(talk(text, left -> 1)).isEqualTo(whole);
        });
    }

    private static String conversation(Draw draw) {
        var lines = draw.list(
                0,
                6,
                () -> draw.one(STOP, returns("{\"status\": \"running\"}"), "{\"id\": 3, \"return\": {}}\n", "{}\n"));
        var text = String.join("", lines);
        return text.substring(0, draw.intBetween(draw.flag() ? 0 : text.length(), text.length()));
    }

    /// All that comes of two commands and the end.
    private static List<Object> talk(String text, IntUnaryOperator piece) {
        var out = new ArrayList<Object>();
        var client = new QmpClient(new ScriptedConnection(text.getBytes(UTF_8), piece), out::add);
        out.add(client.negotiate(PATIENCE));
        out.add(client.call(new QmpCommand.QueryStatus(), PATIENCE));
        out.add(client.call(new QmpCommand.Stop(), PATIENCE));
        out.add(client.listen(PATIENCE));
        return out;
    }

    @Test
    void valuesOutOfRange_areRefused() {
        for (var path : List.of("", "x", "/", "/x,y", "/x y", "/../x", "/x/", "/" + "x".repeat(255))) {
            assertThatIllegalArgumentException().isThrownBy(() -> new StateChannel.File(path));
        }
        assertThat(new StateChannel.File("/run/mvm/state").uri()).isEqualTo("file:/run/mvm/state");
        assertThatIllegalArgumentException().isThrownBy(() -> new StateChannel.Inherited(-1));
        assertThat(new StateChannel.Inherited(3).uri()).isEqualTo("file:/dev/fdset/3");
        assertThatIllegalArgumentException().isThrownBy(() -> new QmpCommand.SetParameters(0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new QmpCommand.SetParameters(1, 2_000_001));
    }

    /// Whatever QEMU says: an answer or a reason, the same in pieces, and no more than the limit is kept.
    @FuzzTest(maxDuration = "10s")
    void anyBytes_areAnsweredOrRefused(byte[] bytes) {
        var text = READY + new String(bytes, UTF_8).replace(SILENCE, "");
        assertThat(talk(text, left -> 1)).isEqualTo(talk(text, left -> left));
    }
}
