package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.property.Property;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HttpInputTest {
    /// A channel that gives at most `piece` of what is left bytes at a time.
    private static ReadableByteChannel channel(byte[] bytes, IntUnaryOperator piece) {
        var left = ByteBuffer.wrap(bytes);
        return new ReadableByteChannel() {
            @Override
            public int read(ByteBuffer into) {
                int n = Math.min(Math.min(piece.applyAsInt(left.remaining()), left.remaining()), into.remaining());
                into.put(left.slice(left.position(), n));
                left.position(left.position() + n);
                return left.hasRemaining() || n > 0 ? n : -1;
            }

            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public void close() {}
        };
    }

    private static List<HttpInput.Event> events(String text, IntUnaryOperator piece) throws IOException {
        var input = new HttpInput(true);
        var channel = channel(text.getBytes(UTF_8), piece);
        var out = new ArrayList<HttpInput.Event>();
        for (var some = input.read(channel); !some.isEmpty(); some = input.read(channel)) {
            out.addAll(some);
        }
        return out;
    }

    @Test
    void pipelinedRequests_areReadInAnyPieces() {
        Property.holds(300, draw -> {
            var wanted = new ArrayList<HttpInput.Event>();
            var text = new StringBuilder();
            for (var body : draw.list(1, 4, () -> "b".repeat(draw.intBetween(0, 3_000)))) {
                text.append("PUT /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: ")
                        .append(body.length())
                        .append("\r\n\r\n")
                        .append(body);
                wanted.add(new HttpInput.Event.Parsed(new HttpRequest("PUT", "/x", body)));
            }
            assertThat(events(text.toString(), left -> draw.intBetween(1, 1_500)))
                    .isEqualTo(wanted);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST / HTTP/1.1 | Invalid HTTP Method: Unsupported HTTP method.",
                "GET / HTTP/2 | Invalid HTTP Version: Unsupported HTTP version.",
                "GET  HTTP/1.1 | Invalid URI: Empty URI not allowed.",
                "GET / | Invalid request.",
                "GET / HTTP/1.1~no colon | Invalid header. Reason: Header is incorrectly formatted. Key: no colon",
                "PUT / HTTP/1.1~Content-Length: x | Invalid header. Reason: Invalid value. Key:Content-Length; Value: x",
            })
    void whatIsNoRequest_isRefusedInItsWords(String lines, String complaint) throws IOException {
        var refusal = "{ \"error\": \"" + complaint + "\nAll previous unanswered requests will be dropped.\" }";
        assertThat(events(lines.replace("~", "\r\n") + "\r\n\r\n", left -> left).getFirst())
                .isEqualTo(new HttpInput.Event.Refused(new HttpReply(400, refusal, false)));
    }

    @Test
    void restOfARefusedBody_isComplainedAboutAgain() throws IOException {
        var text = "PUT /mmds HTTP/1.1\r\nContent-Length: 60000\r\n\r\n" + "x".repeat(60_000);
        var events = events(text, left -> left);
        assertThat(events).hasSizeGreaterThan(2).allMatch(HttpInput.Event.Refused.class::isInstance);
        assertThat(events.get(1).toString()).contains("Invalid content length. Header: " + "x".repeat(1_024));
    }

    @Test
    void lineAsLongAsTheBuffer_isRefused() throws IOException {
        assertThat(events("GET /" + "x".repeat(2_000), left -> left).getFirst().toString())
                .contains("Invalid request.");
    }
}
