package dev.mvm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `mvm tenant-key create` and `destroy`, which write the next grant, and what `destroy` says before.
final class TenantKeyDraftsTest extends CommandTest {
    private static final String SOME = "sha256:" + "0".repeat(64);
    private static final String CONNECTED = "{\"nodes\":[{\"node\":\"n-1\",\"link\":\"connected\"}]}";
    private static final String DOCUMENT = "{\"documents\":[{\"node\":\"n-1\",\"node_key\":\"ed25519:00\"}]}";

    private Path before = Path.of("");
    private Path after = Path.of("");

    /// The grant in force has a key of each of two purposes, and no instance of the fleet anything under them.
    @BeforeEach
    void grantInForce() throws Exception {
        before = dir.resolve("demo-1.json");
        after = dir.resolve("demo-2.json");
        var line = "grant init demo " + before + " --net 0 --pool web --revision " + revision()
                + " --sealed-key disk:volume --sealed-key snap:snapshot --keys-to-node n-1";
        assertThat(mvm(line.split(" ")).status()).isZero();
        inForce("demo", Digest.of(Files.readAllBytes(before)).value());
        answer("GET /v1/nodes", CONNECTED);
        answer("GET /v1/node-documents", DOCUMENT);
        instances();
    }

    private void inForce(String tenant, String grant) {
        answer("GET /v1/tenants", "{\"tenants\":[{\"tenant\":\"" + tenant + "\",\"grant\":\"" + grant + "\"}]}");
    }

    private void instances(String... instances) {
        answer("GET /v1/instances?tenant=demo", "{\"instances\":[" + String.join(",", instances) + "]}");
    }

    private static String instance(String pool, int number, String node, String state, String... keys) {
        return "{\"address\":\"demo/" + pool + "/i-0000000" + number + "\",\"node\":\"" + node + "\",\"state\":\""
                + state + "\",\"keys\":[" + String.join(",", keys) + "]}";
    }

    private static String under(String purpose, String key, int version) {
        return "{\"purpose\":\"" + purpose + "\",\"key\":\"" + key + "\",\"version\":" + version + "}";
    }

    private CommandRun destroy(String key, String... more) {
        var line = "tenant-key destroy " + key + " " + before + " " + after + " " + String.join(" ", more);
        return mvm(line.strip().split(" "));
    }

    private CommandRun create(String key, String purpose) {
        return mvm("tenant-key", "create", key, before.toString(), after.toString(), "--purpose", purpose);
    }

    @Test
    void created_isInTheNextGrant_withWhatComesNext() throws Exception {
        stop(); // it needs no coordinator
        var run = create("demo/more", "snapshot");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("grant of demo, version 1 -> 2")
                .contains("+ key more: snapshot, from version 1")
                .contains(after + "  not signed yet")
                .contains("next: mvm grant sign " + after + " --key KEY")
                .endsWith("then: mvm grant publish " + after + ".dsse\n");
        assertThat(Files.readString(after)).contains("\"id\" : \"more\"");
    }

    @Test
    void whatCannotBeCreated_isRefused_andNothingIsWritten() {
        assertThat(create("demo/disk", "volume").err()).contains("the grant has the key disk already");
        assertThat(create("rival/more", "volume").err()).contains("the grant is of tenant demo, not rival");
        assertThat(create("demo/more", "backup").status()).isEqualTo(2);
        assertThat(create("demo", "volume").err()).contains("expected TENANT/KEY");
        assertThat(after).doesNotExist();
    }

    @Test
    void destroyed_leavesTheGrant_orRaisesItsLeastVersion() throws Exception {
        var run = destroy("demo/disk");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out())
                .startsWith("nothing that nodes reported lies under it\n")
                .contains("! key disk: ALL VERSIONS ARE DESTROYED, and what lies under them is lost")
                .contains("next: mvm grant sign");
        assertThat(Files.readString(after)).doesNotContain("\"disk\"").contains("\"snap\"");
        Files.delete(after);
        assertThat(destroy("demo/disk", "--below", "3").out())
                .contains("! key disk: VERSIONS BEFORE 3 ARE DESTROYED, and what lies under them is lost");
        assertThat(Files.readString(after)).contains("\"min_version\" : 3");
    }

    /// Its operators see what is lost before there is anything to sign.
    @Test
    void whatLiesUnderIt_isCountedByPoolAndNode_andRefusedWithoutYes() {
        instances(
                instance("web", 1, "n-1", "Sleeping", under("snapshot", "snap", 1), under("volume", "disk", 1)),
                instance("web", 2, "n-1", "Sleeping", under("snapshot", "snap", 2)),
                instance("web", 3, "n-2", "Running", under("volume", "disk", 1)),
                instance("db", 4, "n-1", "Sleeping", under("snapshot", "snap", 1)),
                instance("db", 5, "n-1", "Sleeping", under("snapshot", "other", 1)),
                instance("db", 6, "n-1", "Stopped", under("volume", "", 0)));
        var run = destroy("demo/snap", "--below", "2");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out().lines().map(line -> line.replaceAll(" +", " ")))
                .containsExactly(
                        "demo/db n-1 1 asleep 0 volumes 0 of unknown version",
                        "demo/web n-1 1 asleep 0 volumes 0 of unknown version");
        assertThat(run.err())
                .isEqualTo("mvm: 2 sleeping instances would be lost; nothing is written: rotate the key and wait until"
                        + " they have another version, or repeat it with --yes (key_in_use)\n");
        assertThat(after).doesNotExist();
        assertThat(destroy("demo/snap").err()).contains("3 sleeping instances would be lost");
        assertThat(destroy("demo/disk").err()).contains("2 data volumes, 1 of unknown version would be lost");
        assertThat(after).doesNotExist();
        assertThat(destroy("demo/snap", "--below", "2", "--yes").status()).isZero();
        assertThat(after).exists();
    }

    /// No word of a node is no word that it has nothing.
    @Test
    void nodesThatAreAway_makeTheCountIncomplete_andThatIsRefusedToo() {
        answer(
                "GET /v1/nodes",
                "{\"nodes\":[{\"node\":\"n-1\",\"link\":\"lost\"},{\"node\":\"n-2\",\"link\":\"connected\","
                        + "\"out_of_service\":[\"room: none\"]},{\"node\":\"n-5\",\"link\":\"connected\"},"
                        + "{\"node\":\"n-6\",\"link\":\"connected\",\"keys_refused\":{\"demo\":\"rationed\"}}]}");
        answer(
                "GET /v1/node-documents",
                "{\"documents\":[{\"node\":\"n-1\",\"node_key\":\"ed25519:00\"},"
                        + "{\"node\":\"n-3\",\"node_key\":\"ed25519:00\"},"
                        + "{\"node\":\"n-4\",\"node_key\":\"ed25519:00\"},{\"node\":\"n-4\",\"node_key\":\"\"}]}");
        var run = destroy("demo/disk");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out().lines())
                .containsExactly(
                        "! node n-1 is lost: what it reported before is counted",
                        "! node n-2 is out of service: what it reported before is counted",
                        "! node n-3 has not reported since the coordinator started: nothing of it is counted",
                        "! node n-6 gets no key of the tenant: what it has may lie under other versions");
        assertThat(run.err()).contains("nothing that nodes reported is lost, and the count is not complete");
        assertThat(after).doesNotExist();
        assertThat(destroy("demo/disk", "--yes").status()).isZero();
    }

    @Test
    void sleeperOfAnAgentThatDoesNotReportKeys_isOfUnknownVersion() {
        instances(instance("web", 1, "n-1", "Sleeping"), instance("web", 2, "n-1", "Running"));
        assertThat(destroy("demo/snap").err()).contains("1 of unknown version would be lost");
        assertThat(destroy("demo/disk").status()).isZero();
    }

    @Test
    void whatCannotBeDestroyed_isRefused_beforeAnythingIsAsked() {
        assertThat(destroy("demo/none").err()).contains("the grant has no key none");
        assertThat(destroy("rival/disk").err()).contains("the grant is of tenant demo, not rival");
        assertThat(destroy("demo/disk", "--below", "1").status()).isEqualTo(2);
        assertThat(requests).isEmpty();
        assertThat(destroy("demo/disk", "--below", "3").status()).isZero();
        before = after;
        after = dir.resolve("demo-3.json");
        assertThat(destroy("demo/disk", "--below", "3").err())
                .contains("versions below 3 of demo/disk are destroyed already");
        assertThat(after).doesNotExist();
    }

    /// An older grant would bring back what the one in force has taken, and be refused when it is published.
    @Test
    void grantThatIsNotInForce_isNothingToBeginWith() {
        inForce("demo", SOME);
        assertThat(destroy("demo/disk").err()).contains("the coordinator has another grant of demo in force");
        inForce("rival", SOME);
        assertThat(destroy("demo/disk", "--yes").status()).isEqualTo(1);
        assertThat(after).doesNotExist();
    }

    /// A signer sees it offline, as far as the grant alone says it.
    @Test
    void signerAndReader_areToldOfVersionsThatAreDestroyed() throws Exception {
        assertThat(destroy("demo/disk", "--below", "3").status()).isZero();
        var trust = dir.resolve("trust");
        assertThat(mvm("trust", "init", "--dir", trust.toString()).status()).isZero();
        var line = "! key disk: VERSIONS BEFORE 3 ARE DESTROYED, and what lies under them is lost\n";
        assertThat(mvm(
                                "grant",
                                "sign",
                                after.toString(),
                                "--key",
                                trust.resolve("grant.key").toString())
                        .out())
                .contains(line);
        assertThat(mvm(
                                "grant",
                                "sign",
                                before.toString(),
                                "--key",
                                trust.resolve("grant.key").toString())
                        .out())
                .doesNotContain("DESTROYED");
        assertThat(mvm("grant", "diff", before.toString(), after.toString()).out())
                .contains(line);
        assertThat(new String(Files.readAllBytes(after), UTF_8)).contains("\"version\" : 2");
    }
}
