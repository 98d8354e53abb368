package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// `mvm doctor`, and what `mvm node` shows of the same problems.
final class DoctorCommandTest extends CommandTest {
    private void healthyFleet() {
        answer("GET /v1/instances", "{\"instances\":[" + WEB + "]}");
        answer("GET /v1/roots", roots("true", "2099-01-01T00:00:00Z"));
        answer("GET /v1/key-service", "{\"reachable\":true,\"state\":\"serving\"}");
        answer("GET /v1/tenants", "{\"tenants\":[{\"tenant\":\"demo\",\"grant_expires\":\"2099-01-01T00:00:00Z\"}]}");
        answer(
                "GET /v1/nodes",
                "{\"nodes\":[{\"node\":\"n-1\",\"link\":\"connected\",\"mode\":\"dev\","
                        + "\"sequence_installed\":\"3\",\"limits\":[\"no cgroup limits\"],\"security\":["
                        + "{\"name\":\"no dumps\",\"holds\":true,\"found\":\"no core files\"},"
                        + "{\"name\":\"jailer\",\"holds\":false,\"found\":\"ENOENT\"}]}]}");
    }

    private static String roots(String signs, String expires) {
        return "{\"signs\":" + signs + ",\"roots\":[{\"version\":1,\"expires\":\"" + expires + "\"}]}";
    }

    @Test
    void doctor_failsIfANodeHasAProblem() {
        healthyFleet();
        var well = mvm("doctor");
        assertThat(well.status()).isZero();
        assertThat(well.out())
                .contains("ok     node n-1 is connected")
                .contains("note   node n-1: no cgroup limits")
                .contains("note   node n-1: hardened-mode check failed: jailer: ENOENT")
                .doesNotContain("no dumps");
        answer(
                "GET /v1/nodes",
                "{\"nodes\":[{\"node\":\"n-1\",\"link\":\"connected\",\"state_refused\":\"expired\"}]}");
        var ill = mvm("doctor");
        assertThat(ill.status()).isEqualTo(1);
        assertThat(ill.out()).contains("wrong  node n-1 refused the last state: expired");
        answer("GET /v1/nodes", "{\"nodes\":[{\"node\":\"n-1\",\"link\":\"connected\"}]}");
        assertThat(mvm("doctor").out()).contains("wrong  node n-1 has no signed state in force");
    }

    @Test
    void certificateOfANode_hasItsDays_andAWarningIfItWasNotRenewed() {
        healthyFleet();
        var node = "{\"node\":\"n-1\",\"link\":\"connected\",\"sequence_installed\":\"3\","
                + "\"certificate_expires\":\"2999-01-01T00:00:00Z\"}";
        answer("GET /v1/nodes", "{\"nodes\":[" + node + "]}");
        answer("GET /v1/nodes/n-1", node);
        assertThat(mvm("doctor").out())
                .containsPattern("ok     the certificate of node n-1: [0-9]+ days left, until 2999-01-01T00:00:00Z\n");
        assertThat(mvm("node", "info", "n-1").out())
                .containsPattern("certificate +[0-9]+ days left, until 2999-01-01T00:00:00Z\n");
        var late = node.replace("}", ",\"certificate_fault\":\"refused\"}");
        answer("GET /v1/nodes", "{\"nodes\":[" + late + "]}");
        answer("GET /v1/nodes/n-1", late);
        assertThat(mvm("doctor").out())
                .contains(
                        "the certificate of node n-1 expires at 2999-01-01T00:00:00Z and was not renewed (refused); ");
        assertThat(mvm("node", "info", "n-1").out()).contains("00:00:00Z, not renewed: refused\n");
    }

    @Test
    @Tag("claim-P6")
    void nodeThatIsOutOfService_isSaidWithEachReason_andNothingElseOfIt() {
        healthyFleet();
        var node = "{\"node\":\"n-1\",\"link\":\"connected\",\"mode\":\"hardened\",\"out_of_service\":["
                + "\"jailer: /usr/lib/mvm/jailer is not there; run mvm-node bootstrap\",\"room: 3 MiB are free; make room\"]}";
        answer("GET /v1/nodes", "{\"nodes\":[" + node + "]}");
        answer("GET /v1/nodes/n-1", node);
        var doctor = mvm("doctor");
        assertThat(doctor.status()).isEqualTo(1);
        assertThat(doctor.out()).contains("""
                        ok     node n-1 is connected, hardened mode
                        wrong  node n-1 is out of service: jailer: /usr/lib/mvm/jailer is not there; run mvm-node bootstrap
                        wrong  node n-1 is out of service: room: 3 MiB are free; make room
                        """).doesNotContain("signed state");
        assertThat(mvm("node", "list").out()).containsPattern("^n-1 +out of service +hardened ");
        assertThat(mvm("node", "info").out())
                .containsPattern("link +out of service\n")
                .contains("wrong      room: 3 MiB are free; make room\n")
                .doesNotContain("guests run with");
        answer("GET /v1/nodes", "{\"nodes\":[" + node.replace("connected", "lost") + "]}");
        assertThat(mvm("node", "list").out()).containsPattern("^n-1 +lost +hardened ");
    }

    @Test
    void keyAtRest_isTold_withWhatFollows() throws Exception {
        var tool = Files.readString(Path.of("../../packaging/debian/node/tool/node-key.sh"));
        keyAtRest(tool, "hardened", "ok", "encrypted with this machine's TPM: a disk alone does not open it");
        keyAtRest(
                tool,
                "hardened",
                "note",
                "encrypted with a key on this machine's disk: a copy of the whole disk opens it, a copy of mvm's folders"
                        + " does not");
        keyAtRest(tool, "hardened", "warn", "a plain file: a copy of it is the key");
        keyAtRest(tool, "dev", "note", "a plain file: a copy of it is the key");
        keyAtRest(tool, "hardened", "warn", "not encrypted by mvm-node");
        keyAtRest(tool, "dev", "warn", "missing");
    }

    /// @param tool the text of the node's tool, which has to say it in these words
    private void keyAtRest(String tool, String mode, String level, String found) {
        healthyFleet();
        assertThat(tool).contains("\"" + found + "\"");
        answer(
                "GET /v1/nodes",
                "{\"nodes\":[{\"node\":\"n-1\",\"link\":\"connected\",\"mode\":\"" + mode
                        + "\",\"sequence_installed\":\"3\",\"security\":[{\"name\":\"key at rest\",\"holds\":true,"
                        + "\"found\":\"" + found + "\"}]}]}");
        var doctor = mvm("doctor");
        assertThat(doctor.status()).isZero();
        assertThat(doctor.out().lines().map(line -> line.replaceAll(" +", " ")))
                .contains(level + " the key of node n-1 on its disk: " + found);
    }

    @Test
    void nodeThatDoesNotSayHowItsKeyIsKept_isNotedInDevMode() {
        healthyFleet();
        assertThat(mvm("doctor").out()).contains("note   node n-1 does not say how its key is kept");
        answer(
                "GET /v1/nodes",
                "{\"nodes\":[{\"node\":\"n-1\",\"link\":\"connected\",\"mode\":\"hardened\",\"sequence_installed\":\"3\"}]}");
        assertThat(mvm("doctor").out()).doesNotContain("its key is kept", "on its disk");
    }

    @Test
    void memoryOfKeys_isTold_andAWarningWhereItIsOnlyLocked() {
        healthyFleet();
        var node = "{\"node\":\"n-1\",\"link\":\"connected\",\"mode\":\"dev\",\"sequence_installed\":\"3\","
                + "\"security\":[{\"name\":\"secret memory\",\"holds\":true,\"found\":\"memfd_secret\"}]}";
        answer("GET /v1/nodes", "{\"nodes\":[" + node + "]}");
        assertThat(mvm("doctor").out())
                .contains("ok     node n-1 has keys in memory that its kernel cannot read (memfd_secret)");
        answer("GET /v1/nodes", "{\"nodes\":[" + node.replace("memfd_secret", "mlock") + "]}");
        assertThat(mvm("doctor").out())
                .contains("warn   node n-1 has keys in memory that is locked and no more (mlock)");
        answer("GET /v1/nodes", "{\"nodes\":[" + node.replace("memfd_secret", "there") + "]}");
        assertThat(mvm("doctor").out()).doesNotContain("has keys in memory");
    }

    @Test
    void doctor_reportsExpiredDocuments_andAKeyWithoutARole() {
        healthyFleet();
        answer("GET /v1/tenants", "{\"tenants\":[{\"tenant\":\"demo\",\"grant_expires\":\"2026-01-01T00:00:00Z\"}]}");
        var grant = mvm("doctor");
        assertThat(grant.status()).isEqualTo(1);
        assertThat(grant.out()).contains("wrong  the grant of demo expired at 2026-01-01T00:00:00Z");
        healthyFleet();
        answer("GET /v1/roots", roots("false", "2026-01-01T00:00:00Z"));
        assertThat(mvm("doctor").out())
                .contains("wrong  the trust root expired at")
                .contains("wrong  the coordinator's key has no role in the trust root");
    }

    @Test
    @Tag("claim-T4")
    void instanceThatRunsOn_thoughNoStateNamesIt_isWarnedOf() {
        healthyFleet();
        answer(
                "GET /v1/instances",
                "{\"instances\":[{\"address\":\"gone/web/i-00000001\",\"state\":\"Running\","
                        + "\"healthy\":true,\"reason\":\"not_in_state\"},{\"address\":\"demo/old/i-00000002\","
                        + "\"state\":\"Warm\",\"reason\":\"not_in_state\"}]}");
        var doctor = mvm("doctor");
        assertThat(doctor.status()).isZero();
        assertThat(doctor.out())
                .contains(
                        "warn   gone/web/i-00000001 has memory, but the signed state does not name its tenant or its pool"
                                + " (not_in_state; ")
                .contains("warn   demo/old/i-00000002 has memory, but ")
                .contains("2 instances, 1 of them running");
    }

    @Test
    @Tag("claim-R3")
    void refusalsOfANode_areShown_andDoctorWarns() {
        healthyFleet();
        var node = "{\"node\":\"n-1\",\"link\":\"connected\",\"mode\":\"dev\",\"sequence_installed\":\"3\","
                + "\"refusals\":{\"replayed\":1,\"hostd_no_state\":3}}";
        answer("GET /v1/instances", "{}");
        answer("GET /v1/nodes", "{\"nodes\":[" + node + "]}");
        answer("GET /v1/nodes/n-1", node);
        assertThat(mvm("node", "info").out()).containsPattern("refusals +hostd_no_state 3, replayed 1\n");
        answer(
                "GET /v1/nodes/n-1",
                "{\"node\":\"n-1\",\"refusals\":{\"a\":1,\"b\":9,\"c\":2,\"d\":0,\"e\":1,\"f\":1}}");
        assertThat(mvm("node", "info").out())
                .containsPattern("refusals +b 9, c 2, a 1, e 1 and 1 more \\(see mvm node info --json\\)\n");
        var doctor = mvm("doctor");
        assertThat(doctor.status()).isZero();
        assertThat(doctor.out()).contains("warn   node n-1 refused requests: hostd_no_state 3, replayed 1;");
    }

    @Test
    void keyService_isLookedAt_andOneThatIsNotToldOfIsWrong() {
        healthyFleet();
        answer("GET /v1/key-service", "{\"reachable\":true,\"state\":\"serving\",\"root_version\":2,\"epoch\":\"5\"}");
        var well = mvm("doctor");
        assertThat(well.status()).isZero();
        assertThat(well.out()).contains("ok     the key service serves, trust root 2, master key of epoch 5");
        answer(
                "GET /v1/key-service",
                "{\"reachable\":true,\"state\":\"held\",\"reason\":\"grant_awaited\",\"lacking\":["
                        + "{\"kind\":\"node\",\"subject\":\"n-1\",\"reason\":\"wrong_fleet\"},"
                        + "{\"kind\":\"root\",\"subject\":\"3\",\"reason\":\"expired\"}],\"lacking_total\":22}");
        var held = mvm("doctor");
        assertThat(held.status()).isEqualTo(1);
        assertThat(held.out()).contains("""
                wrong  the key service is held (grant_awaited): nodes get no keys; on its machine: mvm-keyd status
                wrong  the key service lacks the document of node n-1: wrong_fleet
                wrong  the key service lacks trust root 3: expired
                wrong  the key service lacks 2 more documents
                """);
        answer("GET /v1/key-service", "{\"reason\":\"keyd_unreachable\",\"lacking_total\":4}");
        assertThat(mvm("doctor").out())
                .contains("wrong  the key service does not answer the coordinator (keyd_unreachable): ")
                .contains("warn   the coordinator does not know whether 4 documents have reached the key service");
    }

    @Test
    void keysOfANode_areTold_andWhyItHasThemNot() {
        healthyFleet();
        answer("GET /v1/key-service", "{\"reachable\":true,\"state\":\"serving\"}");
        var node = "{\"node\":\"n-1\",\"link\":\"connected\",\"mode\":\"dev\",\"sequence_installed\":\"3\","
                + "\"key_period\":\"4\",\"keys_expire\":\"2099-01-01T00:00:00Z\"}";
        answer("GET /v1/nodes", "{\"nodes\":[" + node + "]}");
        answer("GET /v1/nodes/n-1", node);
        assertThat(mvm("doctor").out()).contains("ok     node n-1 has keys of period 4, until 2099-01-01T00:00:00Z");
        assertThat(mvm("node", "info").out()).containsPattern("keys +period 4, until 2099-01-01T00:00:00Z\n");
        var late = node.replace("}", ",\"keys_fault\":\"timed_out\",\"keys_refused\":{\"demo\":\"rationed\"}}");
        answer("GET /v1/nodes", "{\"nodes\":[" + late + "]}");
        answer("GET /v1/nodes/n-1", late);
        assertThat(mvm("doctor").out())
                .contains(
                        "warn   node n-1 has not got its keys (timed_out); those that it has end at 2099-01-01T00:00:00Z")
                .contains("warn   node n-1 gets no keys of demo (rationed)");
        assertThat(mvm("node", "info").out()).contains("00:00:00Z, not given at the last try: timed_out\n");
    }

    @Test
    void instanceThatHasEnded_isWrong_unlessItsPoolStartsNoneAgain() {
        healthyFleet();
        var ended = "{\"address\":\"demo/%s/i-00000001\",\"state\":\"Stopped\",\"reason\":\"vmm_exited\"}";
        answer(
                "GET /v1/pools",
                "{\"pools\":[{\"address\":\"demo/run-x\",\"flags\":[\"logs\",\"no_restart\"]},"
                        + "{\"address\":\"demo/web\",\"flags\":[\"logs\"]}]}");
        answer("GET /v1/instances", "{\"instances\":[" + ended.formatted("run-x") + "]}");
        var run = mvm("doctor");
        assertThat(run.out()).contains("note   demo/run-x/i-00000001 has ended").doesNotContain("vmm_exited");
        answer("GET /v1/instances", "{\"instances\":[" + ended.formatted("web") + "]}");
        assertThat(mvm("doctor").out()).contains("wrong  demo/web/i-00000001 is Stopped: vmm_exited");
    }
}
