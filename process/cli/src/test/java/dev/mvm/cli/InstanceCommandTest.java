package dev.mvm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.json.Json;
import dev.mvm.json.JsonLimits;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/// `mvm instance`, but for exec and console.
final class InstanceCommandTest extends CommandTest {
    private static final String ASLEEP =
            "{\"address\":\"demo/web/i-1a2b3c4d\",\"state\":\"Sleeping\",\"ip\":\"10.240.0.3\","
                    + "\"sleep\":{\"epoch\":3,\"memory_bytes\":134217728,\"sealed_bytes\":9542041,\"seal_millis\":1702,"
                    + "\"open_millis\":85,\"slept_at\":\"2026-01-02T03:04:05Z\"}}";

    @Test
    void instanceList_isOneLineEach() {
        answer("GET /v1/instances", "{\"instances\":[" + WEB + "]}");
        var result = mvm("instance", "list");
        assertThat(result).isEqualTo(new CommandRun(0, "demo/web/i-1a2b3c4d  Running  10.240.0.3  healthy\n", ""));
        assertThat(requests).containsExactly("GET /v1/instances Bearer t0ken");
    }

    @Test
    void instanceListJson_isPureAndHasTheServersKeys() throws Exception {
        answer("GET /v1/instances?tenant=demo&pool=web", "{\"instances\":[" + WEB + "]}");
        var result = mvm("instance", "list", "demo/web", "--json");
        assertThat(result.status()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(Json.parse(result.out().getBytes(UTF_8), JsonLimits.foreign(9999)))
                .isEqualTo(Json.parse(("[" + WEB + "]").getBytes(UTF_8), JsonLimits.foreign(9999)));
    }

    @Test
    void emptyList_printsNothing_andEmptyJson() {
        answer("GET /v1/instances", "{}");
        assertThat(mvm("instance", "list")).isEqualTo(new CommandRun(0, "", ""));
        assertThat(mvm("instance", "list", "--json").out().strip()).matches("\\[\\s*]");
    }

    @Test
    void sleepAndWake_sendTheirVerbs_andForce() {
        answer("POST /v1/instances/demo/web/i-1a2b3c4d:change", ASLEEP);
        var result = mvm("instance", "sleep", "demo/web/i-1a2b3c4d");
        assertThat(result).isEqualTo(new CommandRun(0, "demo/web/i-1a2b3c4d  Sleeping\n", ""));
        assertThat(requests.getLast()).contains(" {\"verb\":\"SLEEP\"} ");
        assertThat(mvm("instance", "sleep", "--force", "demo/web/i-1a2b3c4d").status())
                .isZero();
        assertThat(requests.getLast()).contains(" {\"verb\":\"SLEEP\",\"force\":true} ");
        assertThat(mvm("instance", "wake", "demo/web/i-1a2b3c4d").status()).isZero();
        assertThat(requests.getLast()).contains(" {\"verb\":\"WAKE\"} ");
    }

    @Test
    void verbs_areSentByTheirNamesInTheApi() {
        answer("POST /v1/instances/demo/web/i-1a2b3c4d:change", ASLEEP);
        for (var word : List.of("START", "STOP", "WARM", "RESUME", "SLEEP", "WAKE", "DESTROY")) {
            assertThat(mvm("instance", word.toLowerCase(Locale.ROOT), "demo/web/i-1a2b3c4d")
                            .status())
                    .isZero();
            assertThat(requests.getLast()).contains(" {\"verb\":\"" + word + "\"} ");
        }
    }

    @Test
    void guestThatRefusesToSleep_isOneLineWithTheRemedy() {
        answer(
                "POST /v1/instances/demo/web/i-1a2b3c4d:change",
                409,
                "{\"reason\":\"guest_refused\",\"message\":\"guest refused; --force skips the question\"}");
        assertThat(mvm("instance", "sleep", "demo/web/i-1a2b3c4d"))
                .isEqualTo(new CommandRun(1, "", "mvm: guest refused; --force skips the question (guest_refused)\n"));
    }

    @Test
    void sleepingInstance_isListedWithItsSize_andHasStats() throws Exception {
        answer("GET /v1/instances", "{\"instances\":[" + ASLEEP + "]}");
        assertThat(mvm("instance", "list"))
                .isEqualTo(new CommandRun(0, "demo/web/i-1a2b3c4d  Sleeping  10.240.0.3  9.1 MiB on disk\n", ""));
        answer("GET /v1/instances/demo/web/i-1a2b3c4d", ASLEEP);
        assertThat(mvm("instance", "info", "demo/web/i-1a2b3c4d").out())
                .contains("state         Sleeping\n", "slept         2026-01-02T03:04:05Z\n")
                .contains("on disk       9.1 MiB\n");
        assertThat(mvm("instance", "stats", "demo/web/i-1a2b3c4d")).isEqualTo(new CommandRun(0, """
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
        assertThat(Json.parse(json.out().getBytes(UTF_8), JsonLimits.foreign(9999)))
                .isEqualTo(Json.parse(
                        ASLEEP.replace("\"ip\":\"10.240.0.3\",", "").getBytes(UTF_8), JsonLimits.foreign(9999)));
    }

    @Test
    void instanceThatHasNeverSlept_hasNoFigures() {
        answer("GET /v1/instances/demo/web/i-1a2b3c4d", WEB);
        assertThat(mvm("instance", "stats", "demo/web/i-1a2b3c4d").out())
                .isEqualTo("demo/web/i-1a2b3c4d  has never slept\n");
        assertThat(mvm("instance", "stats", "demo/web/i-1a2b3c4d", "--json").out())
                .contains("Running")
                .doesNotContain("sleep");
    }
}
