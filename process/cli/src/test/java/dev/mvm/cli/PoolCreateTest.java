package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.Drafts;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Files;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `mvm pool create` and `mvm grant get`, with a coordinator that has a grant in force.
final class PoolCreateTest extends GrantInForceTest {
    @BeforeEach
    void pool() {
        answer("POST /v1/pools/demo/api:scale", "{\"address\":\"demo/api\",\"desired\":{\"running\":1}}");
    }

    private CommandRun create(String more) {
        var line = "pool create demo/api --revision " + dir.resolve("revision.json") + " --out " + dir + " " + more;
        return mvm(line.strip().split(" "));
    }

    @Test
    void inDevMode_poolIsGrantedScaled_andItsRevisionIsInTheSpool() throws Exception {
        dev();
        var run = create("--vcpus 2 --mem 1G --max 3 --flag exec");
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains("grant of demo, version 1 -> 2")
                .contains("+ pool api: ")
                .contains("signed by ")
                .endsWith("demo/api  desired: 1 running, 0 warm, 0 sleeping\n");
        var grant = sent();
        var pool = grant.pools().getLast();
        assertThat(grant.version()).isEqualTo(2);
        assertThat(grant.pools()).hasSize(2);
        assertThat(pool.ceiling().memMib()).isEqualTo(1024);
        assertThat(pool.count().max()).isEqualTo(3);
        assertThat(grant.quotas().maxVcpus()).isEqualTo(10 + 3 * 2);
        assertThat(grant.quotas().maxMemMib()).isEqualTo(10 * 128 + 3 * 1024);
        assertThat(grant.runtimes()).hasSize(1);
        var digest = pool.revisions().getFirst();
        var offered = spool.resolve(digest.value().substring("sha256:".length()));
        assertThat(Digest.of(Files.readAllBytes(offered))).isEqualTo(digest);
        assertThat(Files.getPosixFilePermissions(offered).toString()).doesNotContain("WRITE");
        assertThat(spool.toFile().list()).hasSize(1);
        assertThat(posts()).hasSize(2);
    }

    @Test
    void withoutTheKey_documentsAreWritten_andNothingIsSent() throws Exception {
        var run = create("--running 4");
        assertThat(run.err()).isEmpty();
        var grant = dir.resolve("demo-grant-2.json");
        assertThat(run.out())
                .contains("mvm grant sign " + grant + " --key REFERENCE")
                .contains("mvm grant publish " + grant + ".dsse")
                .contains("mvm pool scale demo/api --running 4");
        assertThat(posts()).isEmpty();
        assertThat(spool.toFile().list()).isEmpty();
        var written = DocumentFiles.grant(Drafts.open(grant, DocumentType.GRANT, Payloads::grant));
        assertThat(written.grant().pools().getLast().revisions())
                .containsExactly(Digest.of(Files.readAllBytes(dir.resolve("demo-api.json"))));
        assertThat(create("").status()).as("nothing is overwritten").isEqualTo(1);
    }

    /// A coordinator that was taken over would otherwise choose the rights that the next grant rests on.
    @Test
    void grantThatTheKeyHasNotSigned_isNotContinued() throws Exception {
        dev();
        serve(signedGrant("demo", others()));
        var run = create("");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("has not signed the grant of demo");
        assertThat(posts()).isEmpty();
        assertThat(spool.toFile().list()).isEmpty();
    }

    /// The signature names the operators' key, and is of another document.
    @Test
    void grantWithASignatureMovedFromAnother_isNotContinued() throws Exception {
        dev();
        var own = Files.readString(signedGrant("rival", trust));
        var foreign = Files.readString(signedGrant("demo", others()));
        var signatures = own.replaceFirst("(?s).*(\"signatures\".*)", "$1");
        var forged = foreign.replaceFirst("(?s)\"signatures\".*", "") + signatures;
        serve(Files.writeString(dir.resolve("forged.dsse"), forged));
        var run = create("");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("has not signed the grant of demo");
        assertThat(posts()).isEmpty();
    }

    @Test
    void anotherGrantThanTheNamedOne_isRefused() throws Exception {
        var rival = Files.readAllBytes(signedGrant("rival", trust));
        serve(Digest.of(new byte[] {1}), rival);
        assertThat(create("").err()).contains("is not the grant of demo that it names");
        serve(Envelope.parse(rival, DocumentType.GRANT).payload().digest(), rival);
        assertThat(create("").err()).contains("is not the grant of demo that it names");
        serve(Digest.of(new byte[] {1}), new byte[] {1});
        assertThat(create("").err()).contains("invalid grant in the coordinator's response");
    }

    @Test
    void grantInForce_isSavedAsPublished() throws Exception {
        var file = dir.resolve("saved.dsse");
        var said = done("grant", "get", "demo", file.toString()).out();
        assertThat(said).isEqualTo(file + "  grant for demo, version 1\n");
        assertThat(Files.readAllBytes(file)).isEqualTo(Files.readAllBytes(dir.resolve("g-demo-trust.json.dsse")));
        assertThat(mvm("grant", "get", "demo", file.toString()).err()).contains("file exists, not overwritten");
    }

    @Test
    void tenantWithoutAGrant_andNoTenant_areTold() {
        var file = dir.resolve("saved.dsse").toString();
        assertThat(mvm("grant", "get", "new", file).err())
                .contains("has no grant yet")
                .contains("mvm grant init");
        assertThat(mvm("grant", "get", "nobody", file).err()).contains("no such tenant: nobody");
    }

    @Test
    void poolThatIsThere_isNotMadeAgain() {
        var line = "pool create demo/web --revision " + dir.resolve("revision.json");
        var run = mvm(line.split(" "));
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("has a pool web already").contains("mvm grant edit");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--max 0",
                "--max 301",
                "--vcpus 33",
                "--mem 1T",
                "--mem 1M",
                "--mem 9999999G",
                "--disk 5M",
                "--flag fast",
                "--running 101",
                "--days 0",
                "--image x"
            })
    void wrongWords_areErrorsOfUsage(String more) {
        var run = create(more);
        assertThat(run.status()).isEqualTo(2);
        assertThat(posts()).isEmpty();
    }

    @Test
    void volume_needsAKeyInTheGrant() {
        var run = create("--disk 2G");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("no key with the purpose volume");
    }

    @Test
    void image_needsTheRuntimeInTheSettings() throws Exception {
        var run = mvm("pool", "create", "demo/api", "--image", "app");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("the settings have no 'kernel'").contains("mvm revision make");
        Files.writeString(settings(), Files.readString(settings()) + "kernel = sha256:1\n");
        assertThat(mvm("pool", "create", "demo/api", "--image", "app").err()).contains("setting 'kernel'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"grant-key", "spool"})
    void hardenedMode_hasNoKeyAtHand(String setting) throws Exception {
        Files.writeString(
                settings(), "api = https://localhost:1\ncredential = credential\n" + setting + " = trust/grant.key\n");
        var run = create("");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("setting '" + setting + "' is for dev mode");
    }
}
