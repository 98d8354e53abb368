package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.FirecrackerVersion;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A connection serves one request after the other.
final class StandInHttpTest {
    private static final String VERSION = "HTTP/1.1 200 \r\nServer: Firecracker API\r\nConnection: keep-alive\r\n"
            + "Content-Type: application/json\r\nContent-Length: 32\r\n\r\n{\"firecracker_version\":\"1.16.1\"}";
    private static final String REFUSAL = """
            { "error": "Invalid HTTP Method: Unsupported HTTP method.
            All previous unanswered requests will be dropped." }""";
    private static final String REFUSED = "HTTP/1.1 400 \r\nServer: Firecracker API\r\nConnection: keep-alive\r\n"
            + "Content-Type: application/json\r\nContent-Length: 110\r\n\r\n" + REFUSAL;

    @TempDir
    Path root;

    private StandIn start() throws Exception {
        return StandIn.start(
                StandIn.Setup.of(FirecrackerVersion.parse("1.16.1"), StandInJail.prepare(root), Guest.idle()));
    }

    @Test
    void requestsOnOneConnection_areAnsweredInOrder() throws Exception {
        var get = "GET /version HTTP/1.1\r\n\r\n";
        try (var vmm = start();
                var host = new HostSocket(vmm.apiSocket())) {
            assertThat(host.say(get).hear(VERSION.length())).isEqualTo(VERSION);
            assertThat(host.say(get + get).hear(2 * VERSION.length())).isEqualTo(VERSION + VERSION);
        }
    }

    @Test
    void refusal_dropsWhatCameWithItAndTheConnectionGoesOn() throws Exception {
        var get = "GET /version HTTP/1.1\r\n\r\n";
        try (var vmm = start();
                var host = new HostSocket(vmm.apiSocket())) {
            assertThat(host.say(get + "POST / HTTP/1.1\r\n").hear(REFUSED.length()))
                    .isEqualTo(REFUSED);
            assertThat(host.say(get).hear(VERSION.length())).isEqualTo(VERSION);
        }
    }

    @Test
    void deprecatedMember_isSaidToBeSo() throws Exception {
        try (var vmm = start()) {
            var body = "{\"guest_cid\":3,\"uds_path\":\"/io/v.sock\",\"vsock_id\":\"x\"}";
            var answer = RawExchange.send(
                    vmm.apiSocket(), new Transcript.Request("PUT", "/vsock", body), Duration.ofMinutes(2));
            assertThat(answer.statusLine()).isEqualTo("HTTP/1.1 204 ");
            assertThat(answer.headers()).contains("Deprecation: true");
            assertThat(new String(answer.bytes(), UTF_8)).doesNotContain("Content-Length");
        }
    }
}
