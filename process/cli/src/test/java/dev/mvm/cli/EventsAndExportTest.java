package dev.mvm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `mvm events` and `mvm audit export` against a coordinator whose responses a test has set.
final class EventsAndExportTest {
    @TempDir
    private Path dir;

    /// Responses by path, in their order; after the last one the coordinator stops.
    private final Map<String, Deque<String>> answers = new HashMap<>();

    private final List<String> asked = new ArrayList<>();
    private HttpServer server;
    private Path settings;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        settings = dir.resolve("cli.conf");
        Files.writeString(dir.resolve("token"), "t0ken\n");
        Files.writeString(
                settings, "api = http://127.0.0.1:" + server.getAddress().getPort() + "\ntoken-file = token\n");
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        var uri = exchange.getRequestURI();
        asked.add(uri.toString());
        var waiting = answers.getOrDefault(uri.getPath(), new ArrayDeque<>());
        var text = waiting.isEmpty() ? "{\"reason\":\"stopping\",\"message\":\"it stops\"}" : waiting.remove();
        exchange.sendResponseHeaders(waiting.isEmpty() && text.contains("stopping") ? 503 : 200, text.length());
        exchange.getResponseBody().write(text.getBytes(UTF_8));
        exchange.close();
    }

    private void answers(String path, String... texts) {
        answers.put(path, new ArrayDeque<>(List.of(texts)));
    }

    private CommandRun mvm(String... words) {
        return CommandRun.of(settings, words);
    }

    private static String event(int number) {
        return ("{\"number\":%d,\"time\":\"2026-06-01T12:00:00Z\",\"event\":\"instance_changed\",\"node\":\"n-1\","
                        + "\"subject\":\"acme/web/i-%08d\",\"detail\":\"Running to Warm\"}")
                .formatted(number, number);
    }

    private static String events(int last, boolean gap, String... events) {
        return "{\"events\":[" + String.join(",", events) + "],\"last\":" + last + ",\"gap\":" + gap + "}";
    }

    private static String part(String lines, int first, int next) {
        return "{\"lines\":\"%s\",\"first\":%d,\"next\":%d}"
                .formatted(Base64.getEncoder().encodeToString(lines.getBytes(UTF_8)), first, next);
    }

    @Test
    void events_areALineEach() {
        answers("/v1/events", events(2, false, event(1), event(2)), events(2, true, event(2)));
        assertThat(mvm("events", "--tenant", "acme")).isEqualTo(new CommandRun(0, """
                        2026-06-01T12:00:00Z  n-1  instance_changed      acme/web/i-00000001  Running to Warm
                        2026-06-01T12:00:00Z  n-1  instance_changed      acme/web/i-00000002  Running to Warm
                        """, ""));
        assertThat(asked).containsExactly("/v1/events?after=0&limit=1000&wait_seconds=0&tenant=acme");
        assertThat(mvm("events").out()).startsWith("(earlier events are no longer available)\n2026");
        assertThat(mvm("events", "--tenant", "No").status()).isEqualTo(2);
    }

    @Test
    void follow_goesOnWhereItWas_untilThereIsNoCoordinator() {
        answers("/v1/events", events(7, false, event(7)), events(7, false), events(9, false, event(9)));
        var run = mvm("events", "--follow", "--json");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).isEqualTo(event(7) + "\n" + event(9) + "\n");
        assertThat(asked)
                .containsExactly(
                        "/v1/events?after=0&limit=1000&wait_seconds=0",
                        "/v1/events?after=7&limit=1000&wait_seconds=20",
                        "/v1/events?after=7&limit=1000&wait_seconds=20",
                        "/v1/events?after=9&limit=1000&wait_seconds=20");
    }

    @Test
    void export_writesAFileForEachNode_partByPart() throws Exception {
        answers(
                "/v1/nodes",
                "{\"nodes\":[{\"node\":\"n-1\",\"link\":\"connected\"},{\"node\":\"n-2\",\"link\":\"connected\"},"
                        + "{\"node\":\"n-3\",\"link\":\"lost\"}]}");
        answers("/v1/nodes/n-1/audits/acme", part("one\ntwo\n", 1, 3), part("three\n", 3, 0));
        answers("/v1/nodes/n-2/audits/acme", part("", 0, 0));
        var out = dir.resolve("out");
        var run = mvm("audit", "export", "--tenant", "acme", "--out", out.toString());
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(out.resolve("acme-n-1.jsonl") + "  3\n");
        assertThat(run.err()).isEqualTo("mvm: node n-3 is not connected, skipped\n");
        assertThat(out.resolve("acme-n-1.jsonl")).hasContent("one\ntwo\nthree\n");
        assertThat(out.resolve("acme-n-2.jsonl")).doesNotExist();
        assertThat(asked).contains("/v1/nodes/n-1/audits/acme?from=3");
    }

    @Test
    void export_ofOneNodeSinceAMoment_neverOverwrites_andNoticesThatThereIsNothing() throws Exception {
        answers("/v1/nodes/n-1/audits/acme", part("one\n", 7, 0), part("one\n", 7, 0), part("", 0, 0));
        String[] words = {
            "audit",
            "export",
            "--tenant",
            "acme",
            "--node",
            "n-1",
            "--since",
            "2026-06-01T12:00:00Z",
            "--out",
            dir.resolve("out").toString()
        };
        assertThat(mvm(words).status()).isZero();
        assertThat(asked).containsExactly("/v1/nodes/n-1/audits/acme?since=2026-06-01T12:00:00Z");
        assertThat(mvm(words).status()).isEqualTo(1);
        assertThat(dir.resolve("out/acme-n-1.jsonl")).hasContent("one\n");
        assertThat(mvm(words).err()).contains("no connected node has an audit of acme");
        words[7] = "yesterday";
        assertThat(mvm(words).status()).isEqualTo(2);
    }

    /// A malicious coordinator answers for ever, or with invalid audits and node ids.
    @Test
    void exportFromALyingCoordinator_ends() throws Exception {
        answers("/v1/nodes/n-1/audits/acme", part("one\n", 1, 5), part("two\n", 5, 5), part("", 0, 0));
        assertThat(mvm("audit", "export", "--tenant", "acme", "--node", "n-1", "--out", dir.toString())
                        .status())
                .isZero();
        assertThat(dir.resolve("acme-n-1.jsonl")).hasContent("one\ntwo\n");
        answers("/v1/nodes/n-2/audits/acme", "{\"lines\":\"###\",\"first\":1,\"next\":0}");
        assertThat(mvm("audit", "export", "--tenant", "acme", "--node", "n-2").err())
                .contains("invalid audit data");
        answers("/v1/nodes/n-3/audits/acme", part("one\n", 1, 5), "{\"lines\":\"###\",\"first\":5,\"next\":0}");
        assertThat(mvm("audit", "export", "--tenant", "acme", "--node", "n-3", "--out", dir.toString())
                        .err())
                .contains("invalid audit data");
        assertThat(dir.resolve("acme-n-3.jsonl"))
                .as("half an audit is not kept")
                .doesNotExist();
        assertThat(dir.resolve("acme-n-3.jsonl.new")).doesNotExist();
        answers("/v1/nodes", "{\"nodes\":[{\"node\":\"../../x\",\"link\":\"connected\"}]}");
        assertThat(mvm("audit", "export", "--tenant", "acme").err()).contains("invalid node id");
    }
}
