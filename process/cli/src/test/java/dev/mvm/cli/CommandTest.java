package dev.mvm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// Whole command lines against a coordinator whose responses a test has set.
abstract class CommandTest {
    /// An instance that runs.
    static final String WEB = "{\"address\":\"demo/web/i-1a2b3c4d\",\"state\":\"Running\",\"healthy\":true,"
            + "\"ip\":\"10.240.0.3\",\"vcpus\":1}";

    private record Answer(int status, String body) {}

    @TempDir
    Path dir;

    /// Method, path, body and authorization of each request, in their order.
    final List<String> requests = new ArrayList<>();

    private final Map<String, Answer> answers = new HashMap<>();
    private final Map<String, Deque<Answer>> firstAnswers = new HashMap<>();
    private HttpServer server;
    private Path settings;

    @BeforeEach
    final void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::respond);
        server.start();
        settings = dir.resolve("cli.conf");
        Files.writeString(dir.resolve("token"), "t0ken\n");
        Files.writeString(
                settings,
                "# a comment\napi = http://127.0.0.1:" + server.getAddress().getPort() + "\ntoken-file = token\n");
    }

    /// Stops the coordinator; no-op if it has stopped.
    @AfterEach
    final void stop() {
        server.stop(0);
    }

    final Path settings() {
        return settings;
    }

    /// Sets the response to a request such as `GET /v1/nodes`.
    final void answer(String request, String body) {
        answer(request, 200, body);
    }

    final void answer(String request, int status, String body) {
        answers.put(request, new Answer(status, body));
    }

    /// Sets the response to the next such request; several are given in their order, and then that of [#answer].
    final void answerOnce(String request, int status, String body) {
        firstAnswers.computeIfAbsent(request, _ -> new ArrayDeque<>()).add(new Answer(status, body));
    }

    final CommandRun mvm(String... words) {
        return CommandRun.of(settings, words);
    }

    /// A file with a revision, for grants.
    final Path revision() {
        return RevisionFile.in(dir);
    }

    private void respond(HttpExchange exchange) throws IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        var key = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        requests.add(key + (body.isEmpty() ? "" : " " + body) + " "
                + exchange.getRequestHeaders().getFirst("Authorization"));
        var first = firstAnswers.getOrDefault(key, new ArrayDeque<>()).poll();
        var answer = first != null
                ? first
                : answers.getOrDefault(
                        key, new Answer(404, "{\"reason\":\"not_found\",\"message\":\"no such thing\"}"));
        var bytes = answer.body.getBytes(UTF_8);
        exchange.sendResponseHeaders(answer.status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
