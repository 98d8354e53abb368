package dev.mvm.protocol.firecracker;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.firecracker.Answer.Reason;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ResponseReaderTest {
    private static final String HEAD = "Server: Firecracker API\r\nConnection: keep-alive\r\n";
    private static final String TYPE = "Content-Type: application/json\r\n";

    /// A response as text, or the reason why there is none.
    private static String read(String script) {
        return read(ScriptedConnection.closing(script.getBytes(ISO_8859_1), left -> left));
    }

    private static String read(ScriptedConnection connection) {
        try {
            var response = ResponseReader.read(connection, 0);
            return response.status() + " " + new String(response.body(), ISO_8859_1);
        } catch (BrokenApiException e) {
            return e.reason().name();
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    @Test
    void firecrackersAnswers_areRead() {
        assertThat(read("HTTP/1.1 204 \r\n" + HEAD + "\r\n")).isEqualTo("204 ");
        assertThat(read("HTTP/1.1 200 \r\n" + HEAD + TYPE + "Content-Length: 2\r\n\r\n{}"))
                .isEqualTo("200 {}");
        assertThat(read("HTTP/1.1 400 \r\n" + HEAD + "Deprecation: true\r\n" + TYPE + "Content-Length: 3\r\n\r\nabc"))
                .isEqualTo("400 abc");
        assertThat(read("HTTP/1.1 503\r\nServer: Firecracker API\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"))
                .isEqualTo("503 x");
        assertThat(read("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")).isEqualTo("200 ");
    }

    @Test
    void whatFollowsTheAnswer_isNoticedIfItCameAlong() throws Exception {
        for (var whole : List.of("HTTP/1.1 204 \r\n\r\n", "HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\na")) {
            assertThat(overrun(whole)).isFalse();
            assertThat(overrun(whole + "H")).isTrue();
        }
    }

    private static boolean overrun(String script) throws Exception {
        var connection = ScriptedConnection.closing(script.getBytes(ISO_8859_1), left -> left);
        return ResponseReader.read(connection, 0).overrun();
    }

    @Test
    void whatFollowsTheAnswer_isNotPartOfIt() {
        assertThat(read("HTTP/1.1 204 \r\n\r\nHTTP/1.1 400 \r\n\r\n")).isEqualTo("204 ");
        assertThat(read("HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nabHTTP/1.1")).isEqualTo("200 a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.0 204 ",
                "HTTP/2 204",
                "HTTP/1.1  204",
                "HTTP/1.1 20",
                "HTTP/1.1 2040",
                "HTTP/1.1 604",
                "HTTP/1.1 204\t",
                "http/1.1 204",
                " HTTP/1.1 204",
                "HTTP/1.1 204 \u0000",
                "HTTP/1.1 204 \u00e9",
                "",
                "HTTP/1.1 200 ",
                "HTTP/1.1 200 \r\nContent-Length: ",
                "HTTP/1.1 200 \r\nContent-Length: -1",
                "HTTP/1.1 200 \r\nContent-Length: +1",
                "HTTP/1.1 200 \r\nContent-Length: 0x1",
                "HTTP/1.1 200 \r\nContent-Length: 1 ",
                "HTTP/1.1 200 \r\nContent-Length: 1, 1",
                "HTTP/1.1 200 \r\nContent-Length: 1\r\nContent-Length: 1",
                "HTTP/1.1 200 \r\nContent-Length: 9999999999",
                "HTTP/1.1 200 \r\nContent-Length : 1",
                "HTTP/1.1 200 \r\n Content-Length: 1",
                "HTTP/1.1 200 \r\nContent-Length: 1\r\n folded",
                "HTTP/1.1 200 \r\nContent-Length: 1\nX: y",
                "HTTP/1.1 200 \r\nContent-Length: 1\rX: y",
                "HTTP/1.1 200 \r\nTransfer-Encoding: chunked",
                "HTTP/1.1 204 \r\nTransfer-Encoding: identity",
                "HTTP/1.1 204 \r\nContent-Length: 1",
                "HTTP/1.1 204 \r\nno colon",
                "HTTP/1.1 204 \r\n: empty",
                "HTTP/1.1 204 \r\nX: \u007f",
                "HTTP/1.1 204 \r\nX: \u0085",
            })
    void otherForms_areNotHttp(String head) {
        assertThat(read(head + "\r\n\r\nx")).isEqualTo(Reason.NOT_HTTP.name());
    }

    @Test
    void largeHead_isRefusedBeforeMoreIsRead() {
        var connection = ScriptedConnection.closing(
                ("HTTP/1.1 204 \r\nX: " + "y".repeat(1 << 20)).getBytes(UTF_8), left -> 4_096);
        assertThat(read(connection)).isEqualTo(Reason.TOO_LARGE.name());
        assertThat(connection.unread()).isGreaterThan((1 << 20) - ResponseReader.HEAD_MAX);
    }

    @Test
    void largeBody_isRefusedByItsLength() {
        assertThat(read("HTTP/1.1 200 \r\nContent-Length: 65537\r\n\r\n")).isEqualTo(Reason.TOO_LARGE.name());
        assertThat(read("HTTP/1.1 200 \r\nContent-Length: 999999999\r\n\r\n")).isEqualTo(Reason.TOO_LARGE.name());
        var body = "x".repeat(65_536);
        assertThat(read("HTTP/1.1 200 \r\nContent-Length: 65536\r\n\r\n" + body))
                .isEqualTo("200 " + body);
    }

    @Test
    void everyTruncation_isClosed() {
        var whole = "HTTP/1.1 200 \r\n" + HEAD + "Content-Length: 5\r\n\r\nabcde";
        for (int length = 0; length < whole.length(); length++) {
            assertThat(read(whole.substring(0, length))).isEqualTo(Reason.CLOSED.name());
        }
    }

    @Test
    void silence_endsAtTheDeadline() {
        var half = "HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nabc";
        assertThat(read(ScriptedConnection.silent(half.getBytes(UTF_8)))).isEqualTo("deadline");
    }

    @Test
    void answer_isTheSameInAnyPieces() {
        Property.holds(3_000, draw -> {
            var script = script(draw);
            var whole = read(ScriptedConnection.closing(script, left -> left));
            var pieces = read(ScriptedConnection.closing(script, left -> draw.intBetween(1, Math.min(left, 40))));
            var bytes = read(ScriptedConnection.closing(script, left -> 1));
            assertThat(List.of(pieces, bytes)).containsOnly(whole);
        });
    }

    /// Something like a response: often well-formed, often not quite.
    private static byte[] script(Draw draw) {
        var body = draw.text(0, 30, "{}\"a:\r\n\u00e9");
        var length = draw.one("Content-Length: " + body.length(), "Content-Length: " + draw.intBetween(0, 40), "X: y");
        var out = new StringBuilder(draw.one("HTTP/1.1 ", "HTTP/1.0 "))
                .append(draw.one("200", "204", "400", "503", "99"))
                .append(draw.one(" ", "", " OK"));
        for (var line : draw.list(0, 4, () -> draw.one("Server: Firecracker API", length, "A:b", "", "\r", "\n"))) {
            out.append("\r\n").append(line);
        }
        out.append(draw.one("\r\n\r\n", "\r\n", "\n\n")).append(body);
        out.setLength(draw.intBetween(draw.flag() ? 0 : out.length(), out.length()));
        return out.toString().getBytes(ISO_8859_1);
    }

    /// Whatever a VMM sends: an answer within the limits or a reason, and the same one in pieces.
    @FuzzTest(maxDuration = "10s")
    void anyBytes_areReadOrRefused(byte[] script) {
        var whole = ScriptedConnection.closing(script, left -> left);
        var text = read(whole);
        assertThat(text).isNotEqualTo("deadline").hasSizeLessThanOrEqualTo(ResponseReader.BODY_MAX + 4);
        assertThat(read(ScriptedConnection.closing(script, left -> 1))).isEqualTo(text);
    }
}
