package dev.mvm.crypto.sign;

import dev.mvm.crypto.sign.SigningException.Reason;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/// Requests to Vault's HTTP API. What may pass by itself (no connection, no answer in time, status 429 and 5xx) is
/// tried again after a pause of random length: signing the same twice does no harm.
public final class TransitCalls {
    private static final int TRIES = 4;
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final int MAX_ANSWER = 256 << 10;
    private static final int MAX_SHOWN = 200;

    /// Waits, at most so long.
    @FunctionalInterface
    public interface Pause {
        void upTo(Duration most) throws InterruptedException;
    }

    private final TransitServer server;
    private final Duration answer;
    private final Pause pause;

    public TransitCalls(TransitServer server) {
        this(
                server,
                ANSWER,
                most -> Thread.sleep(
                        Duration.ofNanos(ThreadLocalRandom.current().nextLong(most.toNanos()))));
    }

    /// Calls with other limits.
    ///
    /// @param answer how long a whole answer may take
    public TransitCalls(TransitServer server, Duration answer, Pause pause) {
        this.server = server;
        this.answer = answer;
        this.pause = pause;
    }

    /// The member `data` of the answer to a GET.
    public Json.Obj get(String path) throws SigningException {
        return call(path, request(path).GET());
    }

    /// The member `data` of the answer to a POST.
    public Json.Obj post(String path, Json.Obj body) throws SigningException {
        return call(
                path,
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body.bytes())));
    }

    private HttpRequest.Builder request(String path) throws SigningException {
        var request = HttpRequest.newBuilder(server.at(path))
                .header("X-Vault-Token", server.token())
                .header("X-Vault-Request", "true"); // an agent of Vault's in between may insist on it
        server.namespace().ifPresent(name -> request.header("X-Vault-Namespace", name));
        return request;
    }

    private Json.Obj call(String path, HttpRequest.Builder request) throws SigningException {
        for (int attempt = 1; ; attempt++) {
            try {
                var response = answer(request.build());
                int status = response.statusCode();
                if ((status != 429 && status < 500) || attempt == TRIES) {
                    return data(path, response);
                }
            } catch (SSLException e) {
                throw new SigningException(
                        Reason.VAULT_UNREACHABLE,
                        "Vault's certificate is not trusted; VAULT_CACERT names whom to trust: "
                                + shown(e.getMessage()));
            } catch (IOException e) {
                if (attempt == TRIES) {
                    throw new SigningException(
                            Reason.VAULT_UNREACHABLE,
                            "no answer from Vault at " + server.at("").getAuthority() + ": " + why(e));
                }
            }
            rest(attempt);
        }
    }

    /// The whole answer in time: the client's own limit ends with the headers.
    private HttpResponse<byte[]> answer(HttpRequest request) throws IOException, SigningException {
        var limited = BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_ANSWER);
        var coming = server.client().sendAsync(request, limited);
        try {
            return coming.get(answer.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException("none in " + answer.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IOException(String.valueOf(e.getCause()), e);
        } catch (InterruptedException e) {
            throw interrupted();
        } finally {
            coming.cancel(true);
        }
    }

    private void rest(int attempt) throws SigningException {
        try {
            pause.upTo(FIRST_PAUSE.multipliedBy(1L << (attempt - 1)));
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static SigningException interrupted() {
        Thread.currentThread().interrupt();
        return new SigningException(Reason.VAULT_UNREACHABLE, "interrupted while asking Vault");
    }

    private static String why(IOException e) {
        var message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : shown(message);
    }

    private static Json.Obj data(String path, HttpResponse<byte[]> response) throws SigningException {
        int status = response.statusCode();
        if (status == 200) {
            if (body(response).members().get("data") instanceof Json.Obj data) {
                return data;
            }
            throw new SigningException(Reason.VAULT_ANSWER, "Vault's answer to " + path + " has no data");
        }
        var said = errors(response);
        throw switch (status) {
            case 403 -> new SigningException(Reason.VAULT_DENIED, "Vault denies " + path + " to this token" + said);
            case 404 -> new SigningException(Reason.NO_KEY, "Vault has nothing at " + path + said);
            case 503 ->
                said.contains("sealed")
                        ? new SigningException(Reason.VAULT_SEALED, "Vault is sealed: its operators have to unseal it")
                        : new SigningException(Reason.VAULT_UNREACHABLE, "Vault is not available" + said);
            default ->
                status >= 300 && status < 400
                        ? new SigningException(
                                Reason.VAULT_SETTINGS,
                                "Vault sends elsewhere, where the token does not go: VAULT_ADDR has to name its active node")
                        : new SigningException(
                                status == 429 || status >= 500 ? Reason.VAULT_UNREACHABLE : Reason.VAULT_ANSWER,
                                "Vault answers " + path + " with status " + status + said);
        };
    }

    private static Json.Obj body(HttpResponse<byte[]> response) throws SigningException {
        try {
            return Json.parseObject(response.body(), JsonLimits.foreign(MAX_ANSWER));
        } catch (JsonException e) {
            throw new SigningException(
                    Reason.VAULT_ANSWER, "what answers at VAULT_ADDR is not Vault: " + e.getMessage());
        }
    }

    private static String errors(HttpResponse<byte[]> response) {
        try {
            var parsed = Json.parseObject(response.body(), JsonLimits.foreign(MAX_ANSWER));
            if (parsed.members().get("errors") instanceof Json.Arr(var items)
                    && !items.isEmpty()
                    && items.getFirst() instanceof Json.Str(var text)) {
                return ": " + shown(text);
            }
        } catch (JsonException _) { // then the status alone has to say it
        }
        return "";
    }

    private static String shown(@org.jspecify.annotations.Nullable String text) {
        var line = String.valueOf(text).replaceAll("[^ -~]+", " ").strip();
        return line.length() > MAX_SHOWN ? line.substring(0, MAX_SHOWN) + "..." : line;
    }
}
