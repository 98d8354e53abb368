package dev.mvm.coordinator.rest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.coordinator.FleetTestBase;
import dev.mvm.coordinator.TestFleet;
import dev.mvm.coordinator.pki.PkiException;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Attacks on the REST port.
final class OperatorPortTest extends FleetTestBase {
    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(fleet.uri(path)).timeout(TestFleet.PATIENCE);
    }

    private static void problem(HttpResponse<String> answer, int status, String reason) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).contains("\"reason\":\"" + reason + "\"", "\"message\":\"");
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    }

    @Test
    void health_needsNoToken() throws Exception {
        var answer = fleet.send(request("/v1/health").GET().build());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"status\":\"ok\"}\n");
    }

    @Test
    @Tag("claim-C2")
    void requestWithoutTheToken_isRefused() throws Exception {
        problem(fleet.send(request("/v1/tenants").GET().build()), 401, "unauthenticated");
        problem(fleet.send(request("/v1/no/such/path").GET().build()), 401, "unauthenticated");
        problem(fleet.send(request("/v1/health").DELETE().build()), 401, "unauthenticated");
    }

    @Test
    @Tag("claim-C2")
    void wrongToken_isRefused() throws Exception {
        var token = fleet.token();
        for (var header : new String[] {
            "Bearer",
            "Bearer ",
            "Bearer x",
            "Bearer " + token + "x",
            "Bearer " + token.substring(1),
            token,
            "Basic " + token,
            "Bearer  " + token
        }) {
            var answer = fleet.send(
                    request("/v1/tenants").header("Authorization", header).GET().build());
            problem(answer, 401, "unauthenticated");
            assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
        }
        var twice = request("/v1/tenants")
                .header("Authorization", "Bearer " + token)
                .header("Authorization", "Bearer x");
        problem(fleet.send(twice.GET().build()), 401, "unauthenticated");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "[]",
                "nonsense",
                "{\"tenant\":1}",
                "{\"tenant\":\"acme\",\"tenant\":\"b\"}",
                "{\"tenant\":\"acme\"} {}",
                "{\"tenat\":\"acme\"}",
                "{\"tenant\":\"ACME\"}",
                "{\"tenant\":\"\"}",
                "{\"tenant\":\"a/b\"}",
                "{\"tenant\":null}",
                "{\"tenant\":\"a\\u0000\"}"
            })
    void malformedBody_isRefusedAndChangesNothing(String body) throws Exception {
        problem(fleet.post("/v1/tenants", body), 400, "invalid_request");
        assertThat(fleet.get("/v1/tenants").body()).doesNotContain("subnet");
    }

    @Test
    void oversizeBody_isRefused() throws Exception {
        var big = "{\"tenant\":\"" + "a".repeat(RestRequest.MAX_BODY) + "\"}";
        problem(fleet.post("/v1/tenants", big), 413, "too_large");
        var chunked = request("/v1/tenants")
                .header("Authorization", "Bearer " + fleet.token())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofInputStream(
                        () -> new ByteArrayInputStream(big.getBytes(ISO_8859_1))));
        problem(fleet.send(chunked.build()), 413, "too_large");
    }

    @Test
    void bodyThatIsNotJson_isRefused() throws Exception {
        var form = request("/v1/tenants")
                .header("Authorization", "Bearer " + fleet.token())
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString("{\"tenant\":\"acme\"}"));
        problem(fleet.send(form.build()), 400, "invalid_request");
        var latin = request("/v1/tenants")
                .header("Authorization", "Bearer " + fleet.token())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray("{\"tenant\":\"\u00e4\"}".getBytes(ISO_8859_1)));
        problem(fleet.send(latin.build()), 400, "invalid_request");
    }

    @Test
    void unknownRoute_isMissing() throws Exception {
        problem(fleet.get("/v1/nothing"), 404, "unknown_route");
        problem(fleet.get("/"), 404, "unknown_route");
        problem(fleet.get("/v1/tenants/"), 404, "unknown_route");
        problem(fleet.get("/v1/instances/acme/web"), 404, "unknown_route");
        problem(fleet.get("/v1/nodes/%65dge"), 404, "unknown_route");
    }

    @Test
    void wrongMethod_saysWhichAreRight() throws Exception {
        var answer = fleet.rest("PUT", "/v1/tenants", "{}");
        problem(answer, 405, "wrong_method");
        assertThat(answer.headers().firstValue("Allow")).contains("GET, POST");
    }

    @Test
    void query_isStrict() throws Exception {
        assertThat(fleet.get("/v1/instances?tenant=acme&pool=web").statusCode()).isEqualTo(200);
        problem(fleet.get("/v1/instances?tenat=acme"), 400, "invalid_request");
        problem(fleet.get("/v1/instances?tenant=acme&tenant=b"), 400, "invalid_request");
        problem(fleet.get("/v1/instances?tenant"), 400, "invalid_request");
        problem(fleet.get("/v1/instances?pool=web"), 400, "invalid_request");
        problem(fleet.get("/v1/instances?tenant=..%2Fx"), 400, "invalid_request");
        problem(fleet.post("/v1/tenants?tenant=acme", "{}"), 400, "invalid_request");
    }

    @Test
    void everyAnswer_isHardened() throws Exception {
        for (var answer : new HttpResponse<?>[] {
            fleet.get("/v1/tenants"),
            fleet.get("/nothing"),
            fleet.send(request("/v1/health").GET().build())
        }) {
            var headers = answer.headers();
            assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
            assertThat(headers.firstValue("Cache-Control")).contains("no-store");
            assertThat(headers.firstValue("Content-Security-Policy").orElseThrow())
                    .contains("default-src 'none'");
            assertThat(headers.firstValue("Server")).isEmpty();
        }
    }

    @Test
    void callerBeyondTheRate_isRefused() throws Exception {
        HttpResponse<String> answer = fleet.get("/v1/tenants");
        for (int i = 0; i < 400 && answer.statusCode() == 200; i++) {
            answer = fleet.get("/v1/tenants");
        }
        problem(answer, 429, "rate_limited");
        assertThat(answer.headers().firstValue("Retry-After")).contains("1");
        assertThat(fleet.send(request("/v1/health").GET().build()).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /v1/tenants HTTP/9.9\r\n\r\n",
                "nonsense\r\n\r\n",
                "GET /v1/tenants HTTP/1.1\r\n\r\n",
                "GET /v1/../v1/tenants HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /v1/tenants HTTP/1.1\r\nHost: x\r\nBad Header: x\r\n\r\n",
                "POST /v1/tenants HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"
            })
    void malformedHttp_isRefusedWithoutAPage(String text) throws Exception {
        var answer = raw(text);
        assertThat(answer).matches("(?s)HTTP/1\\.[01] (4[0-9][0-9]|505) .*").doesNotContain("<", "Jetty", "Exception");
    }

    @Test
    void endlessHeaders_areCutOff() throws Exception {
        var answer = raw("GET / HTTP/1.1\r\nHost: x\r\nX: " + "a".repeat(20_000) + "\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 431");
    }

    private String raw(String text) throws Exception {
        try (var socket =
                new Socket(InetAddress.getLoopbackAddress(), fleet.uri("/").getPort())) {
            socket.setSoTimeout((int) TestFleet.PATIENCE.toMillis());
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }

    @Test
    void execPath_isForWebSocketsWithTheToken() throws Exception {
        var path = "/v1/instances/acme/web/i-00000001/exec";
        problem(fleet.send(request(path).GET().build()), 401, "unauthenticated");
        problem(fleet.get(path), 400, "no_websocket");
    }

    @Test
    @Tag("claim-C2")
    void tokenFile_hasToBePrivateAndLong() throws Exception {
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        var file = Files.createFile(folder.resolve("token"), mode);
        Files.writeString(file, "short\n");
        assertThatThrownBy(() -> OperatorToken.read(file)).isInstanceOf(PkiException.class);
        Files.writeString(file, "x".repeat(40) + "\n");
        assertThat(OperatorToken.read(file).opens("Bearer " + "x".repeat(40))).isTrue();
        assertThat(OperatorToken.read(file)).asString().doesNotContain("xxx");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> OperatorToken.read(file)).isInstanceOf(PkiException.class);
    }
}
