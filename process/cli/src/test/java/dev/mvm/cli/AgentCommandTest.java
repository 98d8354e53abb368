package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

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
}
