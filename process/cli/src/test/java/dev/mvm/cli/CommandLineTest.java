package dev.mvm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mvm.cli.terminal.Output;
import dev.mvm.json.Json;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.audit.AuditLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whole command lines against a coordinator that answers what it is told to.
final class CommandLineTest {
    private record Answer(int status, String body) {}

    @TempDir
    Path dir;

    private final Map<String, Answer> answers = new HashMap<>();
    private final List<String> requests = new ArrayList<>();
    private HttpServer server;
    private Path settings;

    private record Result(int status, String out, String err) {}

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        settings = dir.resolve("cli.conf");
        Files.writeString(dir.resolve("token"), "t0ken\n");
        Files.writeString(
                settings,
                "# a comment\napi = http://127.0.0.1:" + server.getAddress().getPort() + "\ntoken-file = token\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "api = https://127.0.0.1:1\n",
                "api = https://127.0.0.1:1\ntoken-file = token\n",
                "api = http://127.0.0.1:1\ncredential = .\n",
                "api = https://127.0.0.1:1\ncredential = .\ntoken-file = token\n"
            })
    void settingsThatProveNothingOrTheWrongThing_areRefused(String text) throws Exception {
        Files.writeString(settings, text);
        var result = mvm("instance", "list");
        assertThat(result.status).isEqualTo(1);
        assertThat(result.err).contains("cli.conf: ", "'credential'").hasLineCount(1);
    }

    @Test
    void credentialThatIsNone_isRefusedInOneLine() throws Exception {
        Files.writeString(settings, "api = https://127.0.0.1:1\ncredential = alice\n");
        var folder = Files.createDirectory(dir.resolve("alice"));
        assertThat(mvm("instance", "list").err).contains("key.pem").hasLineCount(1);
        for (var name : List.of("key.pem", "cert.pem", "ca.pem")) {
            Files.writeString(folder.resolve(name), "nonsense\n");
        }
        var result = mvm("instance", "list");
        assertThat(result.status).isEqualTo(1);
        assertThat(result.err)
                .contains("mvm-coordinator enrol")
                .doesNotContain("nonsense")
                .hasLineCount(1);
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        var key = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        requests.add(key + (body.isEmpty() ? "" : " " + body) + " "
                + exchange.getRequestHeaders().getFirst("Authorization"));
        var answer =
                answers.getOrDefault(key, new Answer(404, "{\"reason\":\"not_found\",\"message\":\"no such thing\"}"));
        var bytes = answer.body.getBytes(UTF_8);
        exchange.sendResponseHeaders(answer.status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private Result mvm(String... args) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var realErr = System.err;
        System.setErr(new PrintStream(err, true, UTF_8));
        try {
            int status = Main.run(args, new Output(new PrintStream(out, true, UTF_8), false), settings);
            return new Result(status, out.toString(UTF_8), err.toString(UTF_8));
        } finally {
            System.setErr(realErr);
        }
    }

    private static final String WEB = "{\"address\":\"demo/web/i-1a2b3c4d\",\"state\":\"Running\",\"healthy\":true,"
            + "\"ip\":\"10.240.0.3\",\"vcpus\":1}";

    @Test
    void instanceList_isOneLineEach() {
        answers.put("GET /v1/instances", new Answer(200, "{\"instances\":[" + WEB + "]}"));
        var result = mvm("instance", "list");
        assertThat(result).isEqualTo(new Result(0, "demo/web/i-1a2b3c4d  Running  10.240.0.3  healthy\n", ""));
        assertThat(requests).containsExactly("GET /v1/instances Bearer t0ken");
    }

    @Test
    void instanceListJson_isPureAndHasTheServersKeys() throws Exception {
        answers.put("GET /v1/instances?tenant=demo&pool=web", new Answer(200, "{\"instances\":[" + WEB + "]}"));
        var result = mvm("instance", "list", "demo/web", "--json");
        assertThat(result.status).isZero();
        assertThat(result.err).isEmpty();
        assertThat(Json.parse(result.out.getBytes(UTF_8), JsonLimits.foreign(9999)))
                .isEqualTo(Json.parse(("[" + WEB + "]").getBytes(UTF_8), JsonLimits.foreign(9999)));
    }

    @Test
    void emptyList_printsNothing_andEmptyJson() {
        answers.put("GET /v1/instances", new Answer(200, "{}"));
        assertThat(mvm("instance", "list")).isEqualTo(new Result(0, "", ""));
        assertThat(mvm("instance", "list", "--json").out.strip()).matches("\\[\\s*]");
    }

    @Test
    void refusal_isOneLineWithItsCode_andStatusOne() {
        answers.put(
                "POST /v1/instances/demo/web/i-1a2b3c4d:change",
                new Answer(
                        409,
                        "{\"reason\":\"count_exceeded\",\"message\":\"demo/web has as many as the state allows\"}"));
        var result = mvm("instance", "start", "demo/web/i-1a2b3c4d");
        assertThat(result)
                .isEqualTo(new Result(1, "", "mvm: demo/web has as many as the state allows (count_exceeded)\n"));
        assertThat(requests.getFirst()).contains("{\"verb\":\"START\"}");
    }

    private static final String ASLEEP =
            "{\"address\":\"demo/web/i-1a2b3c4d\",\"state\":\"Sleeping\",\"ip\":\"10.240.0.3\","
                    + "\"sleep\":{\"epoch\":3,\"memory_bytes\":134217728,\"sealed_bytes\":9542041,\"seal_millis\":1702,"
                    + "\"open_millis\":85,\"slept_at\":\"2026-01-02T03:04:05Z\"}}";

    @Test
    void sleep_isAskedForWithAndWithoutForce_wakeWithoutAnything() {
        answers.put("POST /v1/instances/demo/web/i-1a2b3c4d:change", new Answer(200, ASLEEP));
        var result = mvm("instance", "sleep", "demo/web/i-1a2b3c4d");
        assertThat(result).isEqualTo(new Result(0, "demo/web/i-1a2b3c4d  Sleeping\n", ""));
        assertThat(requests.getLast()).contains(" {\"verb\":\"SLEEP\"} ");
        assertThat(mvm("instance", "sleep", "--force", "demo/web/i-1a2b3c4d").status)
                .isZero();
        assertThat(requests.getLast()).contains(" {\"verb\":\"SLEEP\",\"force\":true} ");
        assertThat(mvm("instance", "wake", "demo/web/i-1a2b3c4d").status).isZero();
        assertThat(requests.getLast()).contains(" {\"verb\":\"WAKE\"} ");
    }

    @Test
    void verbs_areAskedForByTheWordsOfTheApi() {
        answers.put("POST /v1/instances/demo/web/i-1a2b3c4d:change", new Answer(200, ASLEEP));
        for (var word : List.of("START", "STOP", "WARM", "RESUME", "SLEEP", "WAKE", "DESTROY")) {
            assertThat(mvm("instance", word.toLowerCase(Locale.ROOT), "demo/web/i-1a2b3c4d").status)
                    .isZero();
            assertThat(requests.getLast()).contains(" {\"verb\":\"" + word + "\"} ");
        }
    }

    @Test
    void guestThatRefusesToSleep_isOneLineThatSaysWhatHelps() {
        answers.put(
                "POST /v1/instances/demo/web/i-1a2b3c4d:change",
                new Answer(
                        409,
                        "{\"reason\":\"guest_refused\",\"message\":\"guest refused; --force skips the question\"}"));
        assertThat(mvm("instance", "sleep", "demo/web/i-1a2b3c4d"))
                .isEqualTo(new Result(1, "", "mvm: guest refused; --force skips the question (guest_refused)\n"));
    }

    @Test
    void sleepingInstance_isListedWithWhatItTakes_andHasStats() throws Exception {
        answers.put("GET /v1/instances", new Answer(200, "{\"instances\":[" + ASLEEP + "]}"));
        assertThat(mvm("instance", "list"))
                .isEqualTo(new Result(0, "demo/web/i-1a2b3c4d  Sleeping  10.240.0.3  9.1 MiB on disk\n", ""));
        answers.put("GET /v1/instances/demo/web/i-1a2b3c4d", new Answer(200, ASLEEP));
        assertThat(mvm("instance", "info", "demo/web/i-1a2b3c4d").out)
                .contains("state         Sleeping\n", "slept         2026-01-02T03:04:05Z\n")
                .contains("on disk       9.1 MiB\n");
        assertThat(mvm("instance", "stats", "demo/web/i-1a2b3c4d")).isEqualTo(new Result(0, """
                        address  demo/web/i-1a2b3c4d
                        state    Sleeping
                        epoch    3
                        slept    2026-01-02T03:04:05Z
                        memory   128.0 MiB
                        on disk  9.1 MiB
                        ratio    7.1 %
                        sealing  1.702 s
                        waking   0.085 s
                        """, ""));
        var json = mvm("instance", "stats", "demo/web/i-1a2b3c4d", "--json");
        assertThat(Json.parse(json.out.getBytes(UTF_8), JsonLimits.foreign(9999)))
                .isEqualTo(Json.parse(
                        ASLEEP.replace("\"ip\":\"10.240.0.3\",", "").getBytes(UTF_8), JsonLimits.foreign(9999)));
    }

    @Test
    void instanceThatHasNeverSlept_hasNoFigures() {
        answers.put("GET /v1/instances/demo/web/i-1a2b3c4d", new Answer(200, WEB));
        assertThat(mvm("instance", "stats", "demo/web/i-1a2b3c4d").out)
                .isEqualTo("demo/web/i-1a2b3c4d  has never slept\n");
        assertThat(mvm("instance", "stats", "demo/web/i-1a2b3c4d", "--json").out)
                .contains("Running")
                .doesNotContain("sleep");
    }

    @Test
    void poolScale_sendsOnlyWhatWasSaid() {
        answers.put(
                "POST /v1/pools/demo/web:scale",
                new Answer(200, "{\"address\":\"demo/web\",\"desired\":{\"running\":2,\"warm\":0,\"sleeping\":0}}"));
        var result = mvm("pool", "scale", "demo/web", "--running", "2");
        assertThat(result.out).isEqualTo("demo/web  desired: 2 running, 0 warm, 0 sleeping\n");
        assertThat(requests.getFirst()).contains("{\"running\":2}");
        assertThat(mvm("pool", "scale", "demo/web", "--sleeping", "0").status).isZero();
        assertThat(requests.getLast()).contains("{\"sleeping\":0}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "instance stop demo/web",
                "instance stop demo/web/i-1a2b3c4d/x",
                "instance stop ../web/i-1a2b3c4d",
                "instance stop demo/web/i-1a2b3c4g",
                "instance list Demo",
                "instance list demo/web/i-1a2b3c4d",
                "instance list --wide",
                "instance fly demo/web/i-1a2b3c4d",
                "pool scale demo/web",
                "pool scale demo/web --running 101",
                "pool scale demo/web --running -1",
                "pool scale demo/web --running two",
                "pool scale demo/web --sleeping 101",
                "instance wake demo/web/i-1a2b3c4d --force",
                "instance sleep demo/web",
                "instance stats demo/web",
                "tenant create a_b",
                "node info n/1",
                "frobnicate",
                "help frobnicate",
                "help pool frobnicate",
                "help pool scale more",
                "instance",
                "--frobnicate"
            })
    void wrongUsage_isOneLine_statusTwo_andSendsNothing(String line) {
        var result = mvm(line.split(" "));
        assertThat(result.status).as(result.err).isEqualTo(2);
        assertThat(result.out).isEmpty();
        assertThat(result.err.lines())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("mvm: ")
                .contains("--help");
        assertThat(requests).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "instance --help",
                "pool scale --help",
                "help",
                "help pool",
                "help pool scale",
                "help help",
                "grant init --help",
                "--version"
            })
    void help_goesToStandardOutput(String line) {
        var result = mvm(line.split(" "));
        assertThat(result.status).isZero();
        assertThat(result.out).isNotBlank();
        assertThat(result.err).isEmpty();
    }

    @Test
    void noCoordinator_isSaidInOneLine() throws Exception {
        server.stop(0);
        var result = mvm("instance", "list");
        assertThat(result.status).isEqualTo(1);
        assertThat(result.err)
                .startsWith("mvm: no coordinator at http://127.0.0.1:")
                .contains("./dev up");
        Files.delete(settings);
        assertThat(mvm("instance", "list").err).startsWith("mvm: no such file: ");
    }

    @Test
    void settingsWithAnUnknownKey_areRefused() throws Exception {
        Files.writeString(settings, "api = http://127.0.0.1:1\ntoken = secret\n");
        var result = mvm("node", "list");
        assertThat(result.status).isEqualTo(1);
        assertThat(result.err).contains("cli.conf:2: unknown setting 'token'").doesNotContain("secret");
    }

    @Test
    void answerThatIsNotJson_isSaidSo() {
        answers.put("GET /v1/nodes", new Answer(502, "<html>"));
        assertThat(mvm("node", "list").err).isEqualTo("mvm: the coordinator answered 502 with something unreadable\n");
    }

    private void fleetThatIsWell() {
        answers.put("GET /v1/instances", new Answer(200, "{\"instances\":[" + WEB + "]}"));
        answers.put("GET /v1/roots", roots("true", "2099-01-01T00:00:00Z"));
        answers.put(
                "GET /v1/tenants",
                new Answer(200, "{\"tenants\":[{\"tenant\":\"demo\",\"grant_expires\":\"2099-01-01T00:00:00Z\"}]}"));
        answers.put(
                "GET /v1/nodes",
                new Answer(
                        200,
                        "{\"nodes\":[{\"node\":\"n-1\",\"link\":\"connected\",\"mode\":\"dev\","
                                + "\"sequence_installed\":\"3\",\"limits\":[\"no cgroup limits\"],\"security\":["
                                + "{\"name\":\"no dumps\",\"holds\":true,\"found\":\"no core files\"},"
                                + "{\"name\":\"jailer\",\"holds\":false,\"found\":\"ENOENT\"}]}]}"));
    }

    private static Answer roots(String signs, String expires) {
        return new Answer(200, "{\"signs\":" + signs + ",\"roots\":[{\"version\":1,\"expires\":\"" + expires + "\"}]}");
    }

    @Test
    void doctor_isWrongWhenANodeIs() {
        fleetThatIsWell();
        var well = mvm("doctor");
        assertThat(well.status).isZero();
        assertThat(well.out)
                .contains("ok     node n-1 is connected")
                .contains("note   node n-1: no cgroup limits")
                .contains("note   node n-1: not as in hardened mode: jailer: ENOENT")
                .doesNotContain("no dumps");
        answers.put(
                "GET /v1/nodes",
                new Answer(
                        200, "{\"nodes\":[{\"node\":\"n-1\",\"link\":\"connected\",\"state_refused\":\"expired\"}]}"));
        var ill = mvm("doctor");
        assertThat(ill.status).isEqualTo(1);
        assertThat(ill.out).contains("wrong  node n-1 refused the last state: expired");
        answers.put("GET /v1/nodes", new Answer(200, "{\"nodes\":[{\"node\":\"n-1\",\"link\":\"connected\"}]}"));
        assertThat(mvm("doctor").out).contains("wrong  node n-1 has no signed state in force");
    }

    @Test
    @Tag("claim-P6")
    void nodeThatIsOutOfService_isSaidWithEachReason_andNothingElseOfIt() {
        fleetThatIsWell();
        var node = "{\"node\":\"n-1\",\"link\":\"connected\",\"mode\":\"hardened\",\"out_of_service\":["
                + "\"jailer: /usr/lib/mvm/jailer is not there; run mvm-node bootstrap\",\"room: 3 MiB are free; make room\"]}";
        answers.put("GET /v1/nodes", new Answer(200, "{\"nodes\":[" + node + "]}"));
        answers.put("GET /v1/nodes/n-1", new Answer(200, node));
        var doctor = mvm("doctor");
        assertThat(doctor.status).isEqualTo(1);
        assertThat(doctor.out).contains("""
                        ok     node n-1 is connected, hardened mode
                        wrong  node n-1 is out of service: jailer: /usr/lib/mvm/jailer is not there; run mvm-node bootstrap
                        wrong  node n-1 is out of service: room: 3 MiB are free; make room
                        """).doesNotContain("signed state");
        assertThat(mvm("node", "list").out).containsPattern("^n-1 +out of service +hardened ");
        assertThat(mvm("node", "info").out)
                .containsPattern("link +out of service\n")
                .contains("wrong      room: 3 MiB are free; make room\n")
                .doesNotContain("guests run with");
        answers.put("GET /v1/nodes", new Answer(200, "{\"nodes\":[" + node.replace("connected", "lost") + "]}"));
        assertThat(mvm("node", "list").out).containsPattern("^n-1 +lost +hardened ");
    }

    @Test
    void nodesSecurity_isATableAndForProgramsAList() {
        var findings = "[{\"name\":\"no dumps\",\"holds\":true,\"found\":\"no core files\"},"
                + "{\"name\":\"jailer\",\"holds\":false,\"found\":\"/usr/lib/mvm/jailer: openat2: ENOENT\"}]";
        answers.put("GET /v1/nodes/n-1", new Answer(200, "{\"node\":\"n-1\",\"security\":" + findings + "}"));
        assertThat(mvm("node", "info", "n-1", "--security").out).isEqualTo("""
                no dumps  yes  no core files
                jailer    no   /usr/lib/mvm/jailer: openat2: ENOENT
                """);
        assertThat(mvm("node", "info", "n-1", "--security", "--json").out).isEqualToIgnoringWhitespace(findings);
    }

    @Test
    void networksOfANode_areALineForEachThing_andOneThatIsWrongIsAStatus() {
        var well = "[{\"name\":\"rules\",\"holds\":true,\"found\":\"17 as signed\"}]";
        answers.put("GET /v1/nodes", new Answer(200, "{\"nodes\":[{\"node\":\"n-1\"}]}"));
        answers.put("POST /v1/nodes/n-1:verifyNetworks", new Answer(200, "{\"findings\":" + well + "}"));
        var result = mvm("net", "verify");
        assertThat(result.out).isEqualTo("ok  rules  17 as signed\n");
        assertThat(result.status).isZero();
        assertThat(requests).last().asString().contains("{\"deep\":false}");
        assertThat(mvm("net", "verify", "--json", "n-1").out).isEqualToIgnoringWhitespace(well);

        var ill = "[{\"name\":\"tn0i3\",\"found\":\"missing\"},{\"name\":\"rules\",\"holds\":true,\"found\":\"x\"}]";
        answers.put("POST /v1/nodes/n-1:verifyNetworks", new Answer(200, "{\"findings\":" + ill + "}"));
        result = mvm("net", "verify", "--deep");
        assertThat(result.out).isEqualTo("wrong  tn0i3  missing\nok     rules  x\n");
        assertThat(result.status).isEqualTo(1);
        assertThat(requests).last().asString().contains("{\"deep\":true}");
    }

    @Test
    void agent_saysWhatItWants_whatItWouldDo_andWhatCameOfIt() {
        answers.put("GET /v1/nodes", new Answer(200, "{\"nodes\":[{\"node\":\"n-1\"}]}"));
        agentAnswers("{\"sequence\":7,\"expires\":\"2026-06-01T00:00:00Z\",\"pools\":[{\"pool\":\"demo/web\","
                + "\"desired\":{\"running\":2},\"flags\":[\"exec\"],\"revision\":\"sha256:1\",\"frozen\":true}]}");
        var desired = mvm("agent", "desired");
        assertThat(desired.out).contains("state 7, good until", "demo/web", "2 running, 0 warm, 0 sleeping (frozen)");
        assertThat(requests).last().asString().contains("{\"question\":\"DESIRED\"}");

        agentAnswers("{\"steps\":[{\"instance\":\"demo/web/i-00000001\",\"operation\":\"stop\",\"why\":\"too many\","
                + "\"wave\":1},{\"instance\":\"demo/web/i-00000002\",\"operation\":\"start\",\"why\":\"too few\","
                + "\"wave\":2}],\"steps_planned\":5,\"shortfalls\":[{\"pool\":\"demo/web\",\"lack\":\"max_running\","
                + "\"instances\":2}]}");
        var plan = mvm("agent", "plan", "n-1");
        assertThat(plan.out.lines().map(line -> line.replaceAll(" +", " ")))
                .containsExactly(
                        "- 1 demo/web/i-00000001 stop too many",
                        "+ 2 demo/web/i-00000002 start too few",
                        "and 3 more steps",
                        "! demo/web: 2 instances not scheduled: tenant quota max_running");
        assertThat(mvm("agent", "plan", "--json").out).contains("\"steps_planned\"");
        assertThat(mvm("agent", "reconcile", "--dry-run", "n-1").out).isEqualTo(plan.out);
        assertThat(mvm("agent", "serve").out).contains("systemctl start mvm-agentd");
        agentAnswers("{}");
        assertThat(mvm("agent", "plan").out).isEqualTo("nothing to do\n");

        agentAnswers("{\"outcomes\":[{\"pool\":\"demo/web\",\"outcome\":\"blocked\",\"reason\":\"max_running\"}]}");
        var done = mvm("agent", "reconcile");
        assertThat(done.out).contains("demo/web", "blocked", "max_running");
        assertThat(done.status).isEqualTo(1);
        assertThat(mvm("agent", "reconcile", "--json").status).isEqualTo(1);
        agentAnswers("{\"outcomes\":[{\"pool\":\"demo/web\",\"outcome\":\"converged\"}]}");
        assertThat(mvm("agent", "reconcile").status).isZero();
    }

    private void agentAnswers(String body) {
        answers.put("POST /v1/nodes/n-1:askAgent", new Answer(200, body));
    }

    @Test
    void doctor_saysWhatExpiresAndWhatHasExpired() {
        fleetThatIsWell();
        answers.put(
                "GET /v1/tenants",
                new Answer(200, "{\"tenants\":[{\"tenant\":\"demo\",\"grant_expires\":\"2026-01-01T00:00:00Z\"}]}"));
        var grant = mvm("doctor");
        assertThat(grant.status).isEqualTo(1);
        assertThat(grant.out).contains("wrong  the grant of demo expired at 2026-01-01T00:00:00Z");
        fleetThatIsWell();
        answers.put("GET /v1/roots", roots("false", "2026-01-01T00:00:00Z"));
        assertThat(mvm("doctor").out)
                .contains("wrong  the trust root expired at")
                .contains("wrong  the coordinator's key has no role in the trust root");
    }

    @Test
    @Tag("claim-R3")
    void refusalsOfANode_areShown_andDoctorWarns() {
        fleetThatIsWell();
        var node = "{\"node\":\"n-1\",\"link\":\"connected\",\"mode\":\"dev\",\"sequence_installed\":\"3\","
                + "\"refusals\":{\"replayed\":1,\"hostd_no_state\":3}}";
        answers.put("GET /v1/instances", new Answer(200, "{}"));
        answers.put("GET /v1/nodes", new Answer(200, "{\"nodes\":[" + node + "]}"));
        answers.put("GET /v1/nodes/n-1", new Answer(200, node));
        assertThat(mvm("node", "info").out).containsPattern("refusals +hostd_no_state 3, replayed 1\n");
        answers.put(
                "GET /v1/nodes/n-1",
                new Answer(200, "{\"node\":\"n-1\",\"refusals\":{\"a\":1,\"b\":9,\"c\":2,\"d\":0,\"e\":1,\"f\":1}}"));
        assertThat(mvm("node", "info").out)
                .containsPattern("refusals +b 9, c 2, a 1, e 1 and 1 more \\(mvm node info --json has all\\)\n");
        var doctor = mvm("doctor");
        assertThat(doctor.status).isZero();
        assertThat(doctor.out).contains("warn   node n-1 has refused what it was asked: hostd_no_state 3, replayed 1;");
    }

    @Test
    @Tag("claim-R2")
    void auditVerify_isOneLine_andStatusOneWhenBroken() throws Exception {
        var log = new AuditLog(dir.resolve("audit"), "agentd", InstantSource.system(), _ -> {});
        for (int i = 0; i < 3; i++) {
            log.refused("install_state", "sha256:" + i, "replayed", "");
        }
        var file = dir.resolve("audit/audit-000000000001.jsonl");
        var good = mvm("audit", "verify", file.toString());
        assertThat(good.status).as(good.err).isZero();
        assertThat(good.out).matches("agentd: 3 records, 1 to 3, ok, head sha256:[0-9a-f]{64}\n");
        var head = good.out.strip().replaceFirst(".* ", "");
        assertThat(mvm("audit", "verify", "--head", head, file.toString()).status)
                .isZero();
        assertThat(mvm("audit", "verify", "--json", file.toString()).out)
                .contains("\"intact\" : true", "\"records\" : 3", head);
        var text = Files.readString(file);
        Files.writeString(file, text.replace("sha256:1", "sha256:7"));
        var bad = mvm("audit", "verify", file.toString());
        assertThat(bad)
                .isEqualTo(new Result(
                        1,
                        "",
                        "mvm: " + file + ":3: the record before it was altered: its hash is not what record 3 says\n"));
        var json = mvm("audit", "verify", "--json", file.toString());
        assertThat(json.status).isEqualTo(1);
        assertThat(json.out).contains("\"intact\" : false", "\"line\" : 3");
        assertThat(mvm("audit", "verify", dir.resolve("absent").toString()).err).contains("no such file");
        assertThat(mvm("audit", "verify", "--head", "md5:1", file.toString()).status)
                .isEqualTo(2);
    }

    @Test
    void grant_goesFromDraftToPublished() throws Exception {
        var trust = dir.resolve("trust");
        assertThat(mvm("trust", "init", "--dir", trust.toString()).status).isZero();
        var pin = Files.readString(trust.resolve("root.pin")).strip();
        var root = trust.resolve("root.dsse").toString();
        assertThat(mvm("trust", "show", root, "--pin", pin).out).contains("grant    1 of 1");
        var some = "sha256:" + "0".repeat(64);
        var file = dir.resolve("demo.json").toString();
        assertThat(mvm(
                        "grant",
                        "init",
                        "demo",
                        file,
                        "--net",
                        "0",
                        "--pool",
                        "web",
                        "--kernel",
                        some,
                        "--rootfs",
                        some,
                        "--flake",
                        "path:demo",
                        "--lock",
                        some,
                        "--flag",
                        "exec",
                        "--sealed-key",
                        "disk:volume"))
                .extracting(Result::status)
                .isEqualTo(0);
        assertThat(mvm(
                                "grant",
                                "sign",
                                file,
                                "--key",
                                trust.resolve("grant.key").toString())
                        .status)
                .isZero();
        var verified = mvm("grant", "verify", file + ".dsse", "--root", root, "--pin", pin);
        assertThat(verified.out)
                .contains("pool     web: 0 to 10 of at most 1 vCPU and 128 MiB")
                .contains("exec")
                .contains("key      disk: volume, from version 1");
        var revoked = dir.resolve("revoked.json").toString();
        assertThat(mvm("grant", "edit", file, revoked, "--set", "keys.disk.min_version=3").out)
                .contains("- key disk: versions before 3 are revoked");
        answers.put(
                "POST /v1/grants", new Answer(200, "{\"tenant\":\"demo\",\"grant_expires\":\"2027-01-01T00:00:00Z\"}"));
        assertThat(mvm("grant", "publish", file + ".dsse").out).isEqualTo("demo  granted until 2027-01-01T00:00:00Z\n");
    }

    @Test
    void keys_areShownRotatedAndRewrapped() throws Exception {
        var key = "{\"tenant\":\"demo\",\"key\":\"disk\",\"purpose\":\"volume\",\"version\":2,\"min_version\":1,"
                + "\"authority\":\"local\",\"versions\":[{\"version\":1,\"master\":\"ab\",\"made_at\":\"m\",\"nodes\":[\"n-1\",\"n-2\"]},"
                + "{\"version\":2,\"master\":\"cd\",\"made_at\":\"m\",\"nodes\":[]}]}";
        answers.put("GET /v1/keys", new Answer(200, "{\"keys\":[" + key + "]}"));
        answers.put("GET /v1/keys?tenant=demo", new Answer(200, "{\"keys\":[" + key + "]}"));
        answers.put("POST /v1/keys/demo/disk:rotate", new Answer(200, key));
        answers.put("POST /v1/keys:rewrap", new Answer(200, "{\"rewrapped\":2,\"unchanged\":1}"));
        assertThat(mvm("tenant-key", "list").out).contains("demo/disk").contains("volume");
        assertThat(mvm("tenant-key", "status", "demo").out.lines())
                .hasSize(2)
                .first()
                .asString()
                .contains("n-1,n-2");
        assertThat(Json.parse(mvm("tenant-key", "list", "--json").out.getBytes(UTF_8), JsonLimits.foreign(4096)))
                .isInstanceOf(Json.Arr.class);
        assertThat(mvm("tenant-key", "rotate", "demo/disk").out).isEqualTo("demo/disk  has version 2\n");
        assertThat(mvm("tenant-key", "rotate", "demo").status).isEqualTo(2);
        assertThat(mvm("tenant-key", "rewrap").out)
                .isEqualTo("2 rewrapped, 1 were wrapped by the newest master key already\n");
    }

    @Test
    void formerNounsOfKeys_work_andAreNotInTheHelp() {
        answers.put("GET /v1/keys", new Answer(200, "{\"keys\":[]}"));
        assertThat(mvm("keys", "list")).isEqualTo(new Result(0, "", ""));
        assertThat(mvm("help", "key").out).isEqualTo(mvm("signing-key", "--help").out);
        var file = dir.resolve("op.key").toString();
        assertThat(mvm("key", "new", "--plain", file).out).startsWith(file + "  ed25519:");
        assertThat(mvm("--help").out)
                .containsPattern("(?m)^ +signing-key ")
                .containsPattern("(?m)^ +tenant-key ")
                .doesNotContainPattern("(?m)^ +keys? ");
        assertThat(mvm("keys").err).contains("mvm tenant-key --help");
    }

    @Test
    void nodeEnrol_sendsTheKeyAndComparesItsName() throws Exception {
        var file = dir.resolve("node.pub");
        var key = "A".repeat(43) + "=";
        var name = "x25519:" + Digest.of(new byte[32]).hex();
        Files.writeString(file, key + " " + name + "\n");
        answers.put("POST /v1/nodes/n-1:enrolKey", new Answer(200, "{\"node\":\"n-1\",\"node_key\":\"" + name + "\"}"));
        assertThat(mvm("node", "enrol", "n-1", "--node-key", file.toString()).out)
                .isEqualTo("n-1  has the key " + name + "\n");
        assertThat(requests.getLast()).contains("{\"node_key\":\"" + key + "\"}");
        requests.clear();
        Files.writeString(file, key + " x25519:cd\n");
        assertThat(mvm("node", "enrol", "n-1", "--node-key", file.toString()).err)
                .contains("and not x25519:cd");
        assertThat(requests).isEmpty();
        assertThat(mvm("node", "enrol", "n-1", "--node-key", dir.resolve("none").toString()).status)
                .isEqualTo(1);
    }

    @Test
    void grantSignedByTheWrongKey_isNotBelieved() throws Exception {
        var trust = dir.resolve("trust");
        assertThat(mvm("trust", "init", "--dir", trust.toString()).status).isZero();
        var pin = Files.readString(trust.resolve("root.pin")).strip();
        var some = "sha256:" + "0".repeat(64);
        var file = dir.resolve("demo.json").toString();
        var init = mvm(
                "grant",
                "init",
                "demo",
                file,
                "--net",
                "0",
                "--pool",
                "web",
                "--kernel",
                some,
                "--rootfs",
                some,
                "--flake",
                "path:demo",
                "--lock",
                some);
        assertThat(init.status).isZero();
        assertThat(mvm(
                                "grant",
                                "sign",
                                file,
                                "--key",
                                trust.resolve("state.key").toString())
                        .status)
                .isZero();
        var verified = mvm(
                "grant",
                "verify",
                file + ".dsse",
                "--root",
                trust.resolve("root.dsse").toString(),
                "--pin",
                pin);
        assertThat(verified.status).isEqualTo(1);
        assertThat(verified.err).startsWith("mvm: not believed: untrusted_key");
        assertThat(mvm("trust", "show", trust.resolve("root.dsse").toString(), "--pin", some).err)
                .contains("is not believed: not_the_pinned_root");
        assertThat(mvm("trust", "init", "--dir", trust.toString()).err).contains("a key is there already");
    }
}
