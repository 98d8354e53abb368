package dev.mvm.image.build;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;

/// Debian's docker-registry on loopback, and before it a proxy that does wrong when a test says so.
final class Registry implements AutoCloseable {
    /// ./dev unpacks it there; installed, it would be a service of the machine's.
    private static final Path PROGRAM = Path.of("../../.dev/tools/docker-registry/usr/bin/docker-registry");

    private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:([0-9]+)");

    /// Faults of the proxy, with blobs alone.
    enum Fault {
        NOTHING,
        FLIPPED,
        SHORT,
        FLOOD,
        STALL,
        REDIRECTED_IN_A_CIRCLE,
        REFUSED
    }

    private final Process process;
    private final HttpServer proxy;
    private final String upstream;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final HttpClient client = HttpClient.newHttpClient();
    private volatile Fault fault = Fault.NOTHING;

    Registry(Path directory) throws IOException {
        var config = Files.writeString(
                directory.resolve("registry.yml"),
                "version: 0.1\nlog:\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: "
                        + directory.resolve("registry") + "\nhttp:\n  addr: 127.0.0.1:0\n");
        assertThat(PROGRAM).as("./dev check and ./dev test fetch it").isExecutable();
        process = new ProcessBuilder("setpriv", "--pdeathsig", "KILL", PROGRAM.toString(), "serve", config.toString())
                .redirectErrorStream(true)
                .start();
        upstream = "127.0.0.1:" + port();
        proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        proxy.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        proxy.createContext("/", this::respond);
        proxy.start();
    }

    private String port() throws IOException {
        var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            var match = LISTENING.matcher(line);
            if (match.find()) {
                Thread.ofVirtual().start(() -> lines.lines().forEach(rest -> {}));
                return match.group(1);
            }
        }
        throw new IOException("docker-registry has not started");
    }

    /// The address to which images are pushed.
    String upstream() {
        return upstream;
    }

    /// The address from which images are pulled.
    String address() {
        return "127.0.0.1:" + proxy.getAddress().getPort();
    }

    void set(Fault next) {
        fault = next;
    }

    private void respond(HttpExchange exchange) throws IOException {
        var path = exchange.getRequestURI().toString();
        try (exchange) {
            if (!path.contains("/blobs/") || fault == Fault.NOTHING) {
                forward(exchange, path, false);
                return;
            }
            switch (fault) {
                case STALL -> closing.await();
                case REDIRECTED_IN_A_CIRCLE -> {
                    exchange.getResponseHeaders().set("Location", path);
                    exchange.sendResponseHeaders(307, -1);
                }
                case REFUSED -> exchange.sendResponseHeaders(401, -1);
                case FLOOD -> flood(exchange);
                default -> forward(exchange, path, true);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Sends without an end.
    private static void flood(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        var much = new byte[1 << 16];
        try (var out = exchange.getResponseBody()) {
            for (long sent = 0; sent < 1L << 30; sent += much.length) {
                out.write(much);
            }
        }
    }

    private void forward(HttpExchange exchange, String path, boolean wrong) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://" + upstream + path))
                .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.noBody());
        exchange.getRequestHeaders()
                .getOrDefault("Accept", java.util.List.of())
                .forEach(each -> request.header("Accept", each));
        var answer = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        for (var name : new String[] {"Content-Type", "Docker-Content-Digest", "Docker-Distribution-Api-Version"}) {
            Optional<String> value = answer.headers().firstValue(name);
            value.ifPresent(text -> exchange.getResponseHeaders().set(name, text));
        }
        var body = answer.body();
        if (wrong && body.length > 0 && fault == Fault.FLIPPED) {
            body[body.length / 2] ^= 1;
        }
        int length = wrong && fault == Fault.SHORT ? body.length / 2 : body.length;
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (head) {
            answer.headers()
                    .firstValue("Content-Length")
                    .ifPresent(text -> exchange.getResponseHeaders().set("Content-Length", text));
        }
        exchange.sendResponseHeaders(answer.statusCode(), head || length == 0 ? -1 : length);
        if (!head && length > 0) {
            exchange.getResponseBody().write(body, 0, length);
        }
    }

    @Override
    public void close() {
        closing.countDown();
        proxy.stop(0);
        client.shutdownNow();
        process.destroyForcibly();
    }
}
