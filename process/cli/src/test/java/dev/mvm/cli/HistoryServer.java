package dev.mvm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mvm.json.Json;
import dev.mvm.model.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/// The calls of a coordinator that are about its log, as `docs/protocol/log.md` says, three states a page.
final class HistoryServer implements AutoCloseable {
    private static final int PAGE = 3;
    private static final Pattern NUMBERS = Pattern.compile("[a-z]+=([0-9]+)&[a-z]+=([0-9]+)");

    private final HttpServer server;
    private final Path dir;
    final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private volatile StateHistory history;
    private volatile int size;
    private volatile List<Json> nodes = List.of();

    HistoryServer(StateHistory history, Path dir) throws IOException {
        this.history = history;
        this.size = history.states.size();
        this.dir = dir;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        Files.writeString(dir.resolve("token"), "t0ken\n");
        Files.writeString(
                settings(), "api = http://127.0.0.1:" + server.getAddress().getPort() + "\ntoken-file = token\n");
    }

    Path settings() {
        return dir.resolve("cli.conf");
    }

    void show(StateHistory other, int upTo) {
        history = other;
        size = upTo;
    }

    void node(String name, long logSize, Digest root) {
        var all = new ArrayList<>(nodes);
        all.add(report(name, logSize, root));
        nodes = all;
    }

    static Json.Obj report(String name, long logSize, Digest root) {
        return Json.object()
                .put("node", name)
                .put("log_size", logSize)
                .put("log_root", root.value())
                .end();
    }

    private void answer(HttpExchange exchange) throws IOException {
        var uri = exchange.getRequestURI();
        asked.add(uri.toString());
        var query = uri.getQuery() == null ? "" : uri.getQuery();
        var answer = switch (uri.getPath()) {
            case "/v1/log/head" ->
                size == 0
                        ? Json.object().end()
                        : Json.object()
                                .put("size", size)
                                .put("root_hash", history.root(size).value())
                                .put("envelope", base64(history.head(size)))
                                .end();
            case "/v1/log" -> page(number(query, 1), number(query, 2));
            case "/v1/log/consistency" -> hashes(history.consistency(number(query, 1), number(query, 2)));
            case "/v1/grants" -> grant(new Digest(query.replace("digest=", "")));
            case "/v1/nodes" -> Json.object().put("nodes", nodes).end();
            default -> throw new IOException(uri.toString());
        };
        var bytes = answer.bytes();
        exchange.sendResponseHeaders(answer.members().containsKey("reason") ? 404 : 200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static int number(String query, int which) {
        var match = NUMBERS.matcher(query);
        return match.matches() ? Integer.parseInt(match.group(which)) : -1;
    }

    private Json.Obj page(int from, int limit) {
        int end = Math.min(history.states.size(), from + Math.min(limit, PAGE));
        return Json.object()
                .put(
                        "envelopes",
                        history.states.subList(from, Math.max(from, end)).stream()
                                .map(state -> Json.of(base64(state)))
                                .toList())
                .end();
    }

    private Json.Obj grant(Digest digest) {
        var envelope = history.grants.get(digest);
        return envelope == null
                ? Json.object()
                        .put("reason", "unknown_grant")
                        .put("message", "no grant " + digest + " was published here")
                        .end()
                : Json.object().put("envelope", base64(envelope)).end();
    }

    private static Json.Obj hashes(List<Digest> path) {
        return Json.object()
                .put(
                        "hashes",
                        path.stream()
                                .map(hash -> Json.of(base64(HexFormat.of().parseHex(hash.hex()))))
                                .toList())
                .end();
    }

    private static String base64(byte[] bytes) {
        return new String(Base64.getEncoder().encode(bytes), UTF_8);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
