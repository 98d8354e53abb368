package dev.mvm.coordinator.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.coordinator.Credentials;
import dev.mvm.coordinator.FleetTestBase;
import dev.mvm.coordinator.TestFleet;
import dev.mvm.coordinator.pki.CertificateRole;
import dev.mvm.coordinator.pki.FleetDirectory;
import dev.mvm.coordinator.pki.Peer;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Attacks on the REST port of a hardened coordinator, over real TLS handshakes.
final class CertificatePortTest extends FleetTestBase {
    private static final Duration LIFE = Duration.ofDays(1);

    @Override
    protected TestFleet start(Path in) throws Exception {
        return TestFleet.startHardened(in.resolve("fleet"));
    }

    private HttpResponse<String> get(HttpClient client, String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(fleet.uri(path))
                        .timeout(TestFleet.PATIENCE)
                        .header("Authorization", "Bearer something")
                        .GET()
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private Path credential(CertificateRole role, String name) throws Exception {
        return fleet.credential(role, name, LIFE, Instant.now());
    }

    private static void problem(HttpResponse<String> answer, int status, String reason) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).contains("\"reason\":\"" + reason + "\"");
    }

    @Test
    @Tag("claim-C2")
    void operatorWithACertificate_isServed() throws Exception {
        try (var client = Credentials.client(credential(CertificateRole.OPERATOR, "alice"), true)) {
            assertThat(get(client, "/v1/tenants").statusCode()).isEqualTo(200);
            problem(get(client, "/v1/no/such/path"), 404, "unknown_route");
        }
    }

    @Test
    @Tag("claim-C2")
    void clientWithoutACertificate_learnsNothing() throws Exception {
        try (var client = Credentials.client(credential(CertificateRole.OPERATOR, "alice"), false)) {
            assertThatThrownBy(() -> get(client, "/v1/health")).isInstanceOf(IOException.class);
        }
    }

    @Test
    @Tag("claim-C2")
    void certificateOfAnotherFleet_isRefused() throws Exception {
        var other = new FleetDirectory(folder.resolve("other"));
        other.create("main", List.of(), Instant.now());
        var stolen = folder.resolve("stolen");
        other.enrol(new Peer(CertificateRole.OPERATOR, "alice"), LIFE, stolen, Instant.now());
        Files.copy(
                credential(CertificateRole.OPERATOR, "alice").resolve("ca.pem"),
                stolen.resolve("ca.pem"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        try (var client = Credentials.client(stolen, true)) {
            assertThatThrownBy(() -> get(client, "/v1/health")).isInstanceOf(IOException.class);
        }
    }

    @Test
    @Tag("claim-C2")
    void nodesCertificate_isNoOperators() throws Exception {
        try (var client = Credentials.client(credential(CertificateRole.NODE, "edge-1"), true)) {
            problem(get(client, "/v1/tenants"), 403, "wrong_role");
            problem(get(client, "/v1/no/such/path"), 403, "wrong_role");
        }
    }

    @Test
    @Tag("claim-C2")
    void revokedOperator_isRefusedOnAnOpenConnection() throws Exception {
        try (var client = Credentials.client(credential(CertificateRole.OPERATOR, "alice"), true)) {
            assertThat(get(client, "/v1/tenants").statusCode()).isEqualTo(200);
            fleet.directory.revoke(new Peer(CertificateRole.OPERATOR, "alice"), Instant.now());
            var end = Instant.now().plus(TestFleet.PATIENCE);
            HttpResponse<String> answer;
            do {
                answer = get(client, "/v1/tenants");
            } while (answer.statusCode() == 200 && Instant.now().isBefore(end));
            problem(answer, 401, "unauthenticated");
        }
    }

    @Test
    @Tag("claim-C2")
    void expiredCertificate_isRefused() throws Exception {
        var old = fleet.credential(
                CertificateRole.OPERATOR,
                "alice",
                Duration.ofHours(1),
                Instant.now().minus(LIFE));
        try (var client = Credentials.client(old, true)) {
            assertThatThrownBy(() -> get(client, "/v1/health")).isInstanceOf(IOException.class);
        }
    }

    @Test
    void olderTls_isRefused() throws Exception {
        try (var client = Credentials.client(credential(CertificateRole.OPERATOR, "alice"), true, "TLSv1.2")) {
            assertThatThrownBy(() -> get(client, "/v1/health")).isInstanceOf(IOException.class);
        }
    }

    @Test
    void plainHttp_isRefused() throws Exception {
        try (var socket = new Socket(
                java.net.InetAddress.getLoopbackAddress(), fleet.uri("/").getPort())) {
            socket.setSoTimeout((int) TestFleet.PATIENCE.toMillis());
            socket.getOutputStream()
                    .write("GET /v1/health HTTP/1.1\r\nHost: a\r\n\r\n"
                            .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.ISO_8859_1))
                    .doesNotContain("HTTP/1.1 200");
        }
    }

    /// A conversation outlives the request that it began with, and ends when the certificate does.
    @Test
    @Tag("claim-C2")
    void revokedOperator_losesAnOpenConversation() throws Exception {
        var uri = URI.create(
                fleet.uri("/v1/instances/acme/web/i-00000001/exec").toString().replaceFirst("https", "wss"));
        var last = new CompletableFuture<String>();
        try (var client = Credentials.client(credential(CertificateRole.OPERATOR, "alice"), true)) {
            var socket = client.newWebSocketBuilder()
                    .buildAsync(uri, new WebSocket.Listener() {
                        @Override
                        public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean whole) {
                            last.complete(UTF_8.decode(data).toString());
                            return null;
                        }

                        @Override
                        public CompletionStage<?> onClose(WebSocket from, int status, String reason) {
                            last.completeExceptionally(new IOException("closed without a word: " + reason));
                            return null;
                        }
                    })
                    .join();
            assertThat(get(client, "/v1/tenants").statusCode()).isEqualTo(200);
            assertThat(last).isNotDone();
            fleet.directory.revoke(new Peer(CertificateRole.OPERATOR, "alice"), Instant.now());
            assertThat(last.get(TestFleet.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .contains("unauthenticated", "revoked");
            socket.abort();
        }
    }

    @Test
    void webSocketOfANode_isRefused() throws Exception {
        var uri = fleet.uri("/v1/instances/acme/web/i-00000001/exec");
        try (var client = Credentials.client(credential(CertificateRole.NODE, "edge-1"), true)) {
            assertThatThrownBy(() -> client.newWebSocketBuilder()
                            .buildAsync(
                                    java.net.URI.create(uri.toString().replaceFirst("https", "wss")),
                                    new WebSocket.Listener() {})
                            .join())
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(WebSocketHandshakeException.class);
        }
    }
}
