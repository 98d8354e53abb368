package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/// Stands in for Vault's Transit engine, mounted at `transit` and at `team/signing`: the answers of
/// `GET /v1/MOUNT/keys/NAME` and `POST /v1/MOUNT/sign/NAME` of its API, and mishaps instead of them.
public final class FakeVault implements AutoCloseable {
    /// The token that it takes.
    public static final String TOKEN = "hvs.known-to-operators";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Map<Integer, SigningKey> versions = new TreeMap<>();
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, Mishap> mishaps = new LinkedHashMap<>(); // guarded by itself

    /// Faults to inject in place of an answer.
    @FunctionalInterface
    interface Mishap {
        void happen(HttpExchange exchange) throws IOException;
    }

    private FakeVault(HttpServer server) {
        this.server = server;
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    /// One that speaks plain HTTP, with a key of one version.
    public static FakeVault start() throws Exception {
        return new FakeVault(HttpServer.create(anyPort(), 0)).rotate();
    }

    /// One that speaks TLS.
    static FakeVault start(SSLContext tls) throws Exception {
        var server = HttpsServer.create(anyPort(), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        return new FakeVault(server).rotate();
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    /// Host and port, without a scheme.
    public String authority() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /// Gives the key another version.
    FakeVault rotate() {
        var seed = new byte[Pkcs8.SEED];
        new SecureRandom().nextBytes(seed);
        versions.put(versions.size() + 1, new JdkLibrary().key(seed, new JdkLibrary().publicHalf(seed)));
        return this;
    }

    SigningKey version(int version) {
        return versions.get(version);
    }

    /// From now on requests of `verb`, `keys` or `sign`, meet a mishap.
    void instead(String verb, Mishap mishap) {
        synchronized (mishaps) {
            mishaps.put(verb, mishap);
        }
    }

    void instead(String verb, int status, String body) {
        instead(verb, exchange -> send(exchange, status, body));
    }

    /// Requests so far, as `GET /v1/transit/keys/root`.
    List<String> asked() {
        return List.copyOf(asked);
    }

    /// A mishap that lasts until the end of the test.
    Mishap silence() {
        return exchange -> {
            try {
                closing.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().getPath();
            asked.add(exchange.getRequestMethod() + " " + path);
            var verb = path.contains("/sign/") ? "sign" : "keys";
            Mishap mishap;
            synchronized (mishaps) {
                mishap = mishaps.get(verb);
            }
            if (mishap != null) {
                mishap.happen(exchange);
            } else if (!TOKEN.equals(exchange.getRequestHeaders().getFirst("X-Vault-Token"))) {
                send(exchange, 403, "{\"errors\":[\"permission denied\"]}");
            } else if (!path.matches("/v1/(transit|team/signing)/(keys|sign)/root")) {
                send(exchange, 404, "{\"errors\":[]}");
            } else {
                send(exchange, 200, verb.equals("sign") ? signed(exchange) : key("ed25519"));
            }
        }
    }

    /// Returns the description of its key.
    String key(String type) {
        var keys = new LinkedHashMap<String, Json>();
        versions.forEach((version, key) -> keys.put(
                Integer.toString(version),
                Json.object()
                        .put("creation_time", "2026-11-25T10:00:00.000000001Z")
                        .put("name", "ed25519")
                        .put("public_key", key.verifyKey().base64())
                        .end()));
        return data(Json.object()
                .put("derived", false)
                .put("exportable", false)
                .put("keys", new Json.Obj(keys))
                .put("latest_version", versions.size())
                .put("name", "root")
                .put("type", type)
                .end());
    }

    static String data(Json.Obj data) {
        return new String(
                Json.object()
                        .put("request_id", "8e33c808-86c4-dc85-b2d7-7e2d6d2a8b5d")
                        .put("lease_id", "")
                        .put("renewable", false)
                        .put("lease_duration", 0)
                        .put("data", data)
                        .end()
                        .bytes(),
                UTF_8);
    }

    static String signature(int version, byte[] signature) {
        return data(Json.object()
                .put("key_version", version)
                .put(
                        "signature",
                        "vault:v" + version + ":" + Base64.getEncoder().encodeToString(signature))
                .end());
    }

    private String signed(HttpExchange exchange) throws IOException {
        try {
            var request = Json.parseObject(exchange.getRequestBody().readAllBytes(), JsonLimits.foreign(4 << 20))
                    .fields();
            int version = request.intBetween("key_version", 1, versions.size());
            var message = request.parsed("input", Base64.getDecoder()::decode);
            request.end();
            return signature(version, versions.get(version).sign(message));
        } catch (JsonException | SigningException e) {
            throw new IOException(e);
        }
    }

    static void send(HttpExchange exchange, int status, String body) throws IOException {
        var bytes = body.getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
