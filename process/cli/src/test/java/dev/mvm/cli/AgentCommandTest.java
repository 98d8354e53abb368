package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// `mvm agent`.
final class AgentCommandTest extends CommandTest {
    @Test
    void agent_showsDesiredState_plan_andOutcome() {
        answer("GET /v1/nodes", "{\"nodes\":[{\"node\":\"n-1\"}]}");
        agentAnswers("{\"sequence\":7,\"expires\":\"2026-06-01T00:00:00Z\",\"pools\":[{\"pool\":\"demo/web\","
                + "\"desired\":{\"running\":2},\"flags\":[\"exec\"],\"revision\":\"sha256:1\",\"frozen\":true}]}");
        var desired = mvm("agent", "desired");
        assertThat(desired.out())
                .contains("state 7, valid until", "demo/web", "2 running, 0 warm, 0 sleeping (frozen)");
        assertThat(requests).last().asString().contains("{\"question\":\"DESIRED\"}");

        agentAnswers("{\"steps\":[{\"instance\":\"demo/web/i-00000001\",\"operation\":\"stop\",\"why\":\"too many\","
                + "\"wave\":1},{\"instance\":\"demo/web/i-00000002\",\"operation\":\"start\",\"why\":\"too few\","
                + "\"wave\":2}],\"steps_planned\":5,\"shortfalls\":[{\"pool\":\"demo/web\",\"lack\":\"max_running\","
                + "\"instances\":2}]}");
        var plan = mvm("agent", "plan", "n-1");
        assertThat(plan.out().lines().map(line -> line.replaceAll(" +", " ")))
                .containsExactly(
                        "- 1 demo/web/i-00000001 stop too many",
                        "+ 2 demo/web/i-00000002 start too few",
                        "and 3 more steps",
                        "! demo/web: 2 instances not scheduled: tenant quota max_running");
        assertThat(mvm("agent", "plan", "--json").out()).contains("\"steps_planned\"");
        assertThat(mvm("agent", "reconcile", "--dry-run", "n-1").out()).isEqualTo(plan.out());
        assertThat(mvm("agent", "serve").out()).contains("systemctl start mvm-agentd");
        agentAnswers("{}");
        assertThat(mvm("agent", "plan").out()).isEqualTo("nothing to do\n");

        agentAnswers("{\"outcomes\":[{\"pool\":\"demo/web\",\"outcome\":\"blocked\",\"reason\":\"max_running\"}]}");
        var done = mvm("agent", "reconcile");
        assertThat(done.out()).contains("demo/web", "blocked", "max_running");
        assertThat(done.status()).isEqualTo(1);
        assertThat(mvm("agent", "reconcile", "--json").status()).isEqualTo(1);
        agentAnswers("{\"outcomes\":[{\"pool\":\"demo/web\",\"outcome\":\"converged\"}]}");
        assertThat(mvm("agent", "reconcile").status()).isZero();
    }

    @Test
    void unmetCounts_areNamedWithTheirCause() {
        answer("GET /v1/nodes", "{\"nodes\":[{\"node\":\"n-1\"}]}");
        agentAnswers("{\"shortfalls\":[{\"pool\":\"demo/web\",\"lack\":\"frozen\",\"instances\":1},"
                + "{\"pool\":\"demo/api\",\"lack\":\"node_full\",\"instances\":3},"
                + "{\"pool\":\"demo/db\",\"lack\":\"of_a_newer_agent\",\"instances\":2}]}");
        assertThat(mvm("agent", "plan").out().lines())
                .containsExactly(
                        "nothing to do",
                        "! demo/web: 1 instance not scheduled: signed state or grant expired (frozen)",
                        "! demo/api: 3 instances not scheduled: no free place on the node (node_full)",
                        "! demo/db: 2 instances not scheduled: of_a_newer_agent");
    }

    private void agentAnswers(String body) {
        answer("POST /v1/nodes/n-1:askAgent", body);
    }

    private static String in(int days) {
        return Instant.now().plus(Duration.ofDays(days)).plusSeconds(3600).toString();
    }

    private static String certificate(String node, int days, String state) {
        return "{\"node\":\"" + node + "\",\"expires\":\"" + in(days) + "\",\"state\":\"" + state + "\"}";
    }

    private void certificates(String... some) {
        answer("GET /v1/node-certificates", "{\"certificates\":[" + String.join(",", some) + "]}");
    }

    /// For a monitor: one line a node, and a status.
    @Test
    void certificatesWithEnoughDays_areWell() {
        answer("GET /v1/nodes", "{\"nodes\":[{\"node\":\"n-1\",\"link\":\"connected\"}]}");
        certificates(certificate("n-1", 20, "good"), certificate("n-2", 9, "good"));
        var run = mvm("agent", "certs", "status", "--least", "9");
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .containsPattern("n-1 +connected +20 days left, until 20")
                .containsPattern("n-2 +not connected +9 days left, until 20");
    }

    @Test
    void certificateWithFewerDays_isAProblem() {
        answer("GET /v1/nodes", "{\"nodes\":[]}");
        certificates(certificate("n-1", 20, "good"), certificate("n-2", 9, "good"));
        var run = mvm("agent", "certs", "status", "--least", "10");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).containsPattern("n-2 .* fewer than 10 days");
        assertThat(mvm("agent", "certs", "status", "n-2", "--least", "10").status())
                .isEqualTo(1);
        assertThat(mvm("agent", "certs", "status", "n-1", "--least", "10").status())
                .isZero();
        assertThat(mvm("agent", "certs", "status", "n-1", "--least", "10", "--json")
                        .out())
                .contains("\"days\" : 20")
                .doesNotContain("n-2");
    }

    /// A connected node's word counts if it is less than what it was issued.
    @Test
    void nodeThatPresentsAnOlderCertificate_orDoesNotRenew_isAProblem() {
        answer(
                "GET /v1/nodes",
                "{\"nodes\":[{\"node\":\"n-1\",\"link\":\"connected\",\"certificate_expires\":\"" + in(2)
                        + "\"},{\"node\":\"n-2\",\"link\":\"connected\",\"certificate_expires\":\"" + in(900)
                        + "\"},{\"node\":\"n-3\",\"link\":\"connected\",\"certificate_fault\":\"no_answer\"},"
                        + "{\"node\":\"n-4\",\"link\":\"disconnected\",\"certificate_expires\":\"" + in(1) + "\"}]}");
        certificates(
                certificate("n-1", 20, "good"),
                certificate("n-2", 20, "good"),
                certificate("n-3", 20, "good"),
                certificate("n-4", 20, "good"));
        var run = mvm("agent", "certs", "status", "--least", "3");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out())
                .containsPattern("n-1 .* 2 days left, .* fewer than 3 days")
                .containsPattern("n-2 .* 20 days left")
                .containsPattern("n-3 .* not renewed \\(no_answer\\)")
                .containsPattern("n-4 .* 20 days left");
    }

    @Test
    void endedCertificates_areProblems_revokedOnesOnlyIfNamed() {
        answer("GET /v1/nodes", "{\"nodes\":[]}");
        certificates(certificate("n-1", 20, "revoked"));
        assertThat(mvm("agent", "certs", "status").status()).isZero();
        var named = mvm("agent", "certs", "status", "n-1");
        assertThat(named.status()).isEqualTo(1);
        assertThat(named.out()).containsPattern("n-1 +not connected +revoked +revoked");
        certificates(certificate("n-1", 20, "authority_gone"));
        assertThat(mvm("agent", "certs", "status").status()).isEqualTo(1);
        certificates(certificate("n-1", -3, "good"));
        assertThat(mvm("agent", "certs", "status").status()).isEqualTo(1);
        var unknown = mvm("agent", "certs", "status", "n-9");
        assertThat(unknown.status()).isEqualTo(1);
        assertThat(unknown.err()).contains("no certificate was ever issued to node n-9");
    }

    @Test
    void tokenAndRevocation_areAskedForByName() {
        answer("POST /v1/node-certificates/n-1:makeToken", "{\"node\":\"n-1\",\"token\":\"0.secret.0\"}");
        assertThat(mvm("agent", "certs", "token", "n-1").out()).isEqualTo("0.secret.0\n");
        answer("POST /v1/node-certificates/n-1:revoke", "{\"node\":\"n-1\",\"state\":\"revoked\"}");
        assertThat(mvm("agent", "certs", "revoke", "n-1").out()).isEqualTo("n-1  revoked\n");
        assertThat(mvm("agent", "certs", "revoke", "N/1").status()).isEqualTo(2);
        assertThat(mvm("agent", "certs", "token", "../1").status()).isEqualTo(2);
        assertThat(mvm("help", "agent", "certs", "token").out()).contains("mvm agent certs token");
    }
}
