package dev.mvm.cli.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.cli.failure.Failure;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLException;

/// Calls to the coordinator. Every response is a JSON object; every error becomes a [Failure] of one line.
public final class CoordinatorClient implements AutoCloseable {
    private static final int MAX_ANSWER = 64 << 20;

    /// A verb on an instance waits for the guest to power off or to boot.
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Settings settings;
    private final HttpClient http;

    public CoordinatorClient(Settings settings) throws Failure {
        this.settings = settings;
        var builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(30));
        if (settings.credential().isPresent()) {
            builder.sslContext(Credential.tls(settings.credential().get())).sslParameters(Credential.parameters());
        }
        this.http = builder.build();
    }

    public Json.Obj get(String path) throws Failure {
        return send(request(path).GET().build());
    }

    public Json.Obj post(String path, Json body) throws Failure {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.bytes()))
                .build());
    }

    /// Returns the WebSocket address of `path`.
    URI socketAddress(String path) {
        var api = settings.api().toString();
        return URI.create(api.replaceFirst("^http", "ws") + path);
    }

    HttpClient http() {
        return http;
    }

    /// Returns the value of the `Authorization` header; empty if a client certificate authenticates the
    /// operator.
    Optional<String> authorization() {
        return settings.token().map(token -> "Bearer " + token);
    }

    /// Stops the I/O thread of the HTTP client. Otherwise the JVM waits 0.3 s at its exit for a thread in a
    /// system call.
    @Override
    public void close() {
        http.shutdownNow();
    }

    private HttpRequest.Builder request(String path) {
        var request = HttpRequest.newBuilder(URI.create(settings.api() + path)).timeout(PATIENCE);
        authorization().ifPresent(value -> request.header("Authorization", value));
        return request;
    }

    private Json.Obj send(HttpRequest request) throws Failure {
        try {
            var response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            return answer(response.statusCode(), response.body());
        } catch (ConnectException e) {
            throw unreachable();
        } catch (HttpTimeoutException e) {
            throw new Failure("no response from the coordinator at " + settings.api() + " within "
                    + PATIENCE.toMinutes() + " minutes");
        } catch (SSLException e) {
            throw untrusted(e);
        } catch (IOException e) {
            throw new Failure("lost the connection to the coordinator at " + settings.api());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted");
        }
    }

    /// Explains a failed TLS handshake: one side does not accept the other's certificate.
    Failure untrusted(SSLException e) {
        return new Failure("no TLS with the coordinator at " + settings.api() + ": " + e.getMessage()
                + " (check that the credential is of this fleet, not expired and not revoked)");
    }

    Failure unreachable() {
        return new Failure("no coordinator at " + settings.api() + " (is the fleet running? ./dev up starts one here)");
    }

    /// Explains a refused upgrade to a WebSocket.
    static Failure refused(HttpResponse<?> response) {
        return switch (response.statusCode()) {
            case 401 -> new Failure("the coordinator does not accept this token or certificate (unauthenticated)");
            case 403 ->
                new Failure("this operator may not run programs there, for its role or its tenants (forbidden);"
                        + " an admin changes them: mvm operator change");
            case 404 -> new Failure("no such instance (not_found)");
            default -> new Failure("the coordinator refused the session, HTTP status " + response.statusCode());
        };
    }

    static Json.Obj answer(int status, byte[] body) throws Failure {
        try {
            var object = Json.parseObject(body, JsonLimits.foreign(MAX_ANSWER));
            if (status == 200) {
                return object;
            }
            throw problem(object);
        } catch (JsonException e) {
            throw new Failure("unreadable response from the coordinator, HTTP status " + status);
        }
    }

    private static Failure problem(Json.Obj object) {
        var reason = object.members().get("reason");
        var message = object.members().get("message");
        if (reason instanceof Json.Str(var code) && message instanceof Json.Str(var text)) {
            return new Failure(text, code);
        }
        return new Failure("the coordinator refused: " + new String(object.bytes(), UTF_8));
    }
}
