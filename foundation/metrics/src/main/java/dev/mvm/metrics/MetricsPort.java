package dev.mvm.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/// Serves `GET /metrics`, and the same as JSON at `/metrics.json`, on the loopback, and nothing else. A client with a
/// user on this machine may read it.
public final class MetricsPort implements AutoCloseable {
    private static final String TEXT = "/metrics";
    private static final String JSON = "/metrics.json";

    static {
        // read once by the JDK's server, when its first class is
        System.setProperty("jdk.httpserver.maxConnections", "16");
        System.setProperty("sun.net.httpserver.maxReqTime", "5");
        System.setProperty("sun.net.httpserver.maxRspTime", "5");
    }

    private final HttpServer server;

    private MetricsPort(HttpServer server) {
        this.server = server;
    }

    /// Opens the port.
    ///
    /// @param address a loopback address; port 0 for any that is free
    /// @param text what to answer
    /// @throws IllegalArgumentException if it is another address
    /// @throws IOException if the address cannot be had
    public static MetricsPort open(InetSocketAddress address, Supplier<String> text) throws IOException {
        if (address.isUnresolved() || !address.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException("metrics are for loopback addresses only");
        }
        var server = HttpServer.create(address, 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            try (exchange) {
                answer(exchange, text);
            }
        });
        server.start();
        return new MetricsPort(server);
    }

    private static void answer(HttpExchange exchange, Supplier<String> text) throws IOException {
        var path = exchange.getRequestURI().getPath();
        if (!path.equals(TEXT) && !path.equals(JSON)) {
            exchange.sendResponseHeaders(404, -1);
        } else if (!exchange.getRequestMethod().equals("GET")) {
            exchange.getResponseHeaders().set("Allow", "GET");
            exchange.sendResponseHeaders(405, -1);
        } else {
            boolean json = path.equals(JSON);
            var body = json ? ExpositionJson.of(text.get()) : text.get().getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", json ? "application/json" : Exposition.CONTENT_TYPE);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /// The port that it got.
    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
