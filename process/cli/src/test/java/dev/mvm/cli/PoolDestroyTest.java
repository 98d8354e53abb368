package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.cli.signing.DocumentFiles;
import dev.mvm.cli.signing.Drafts;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.authoring.Payloads;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `mvm pool destroy`, with a coordinator that has a grant in force.
final class PoolDestroyTest extends GrantInForceTest {
    private static final String LISTED = "GET /v1/instances?tenant=demo&pool=web";
    private static final String CHANGED = "POST /v1/instances/demo/web/i-1a2b3c4d:change";

    @BeforeEach
    void instances() {
        answer("POST /v1/pools/demo/web:scale", "{}");
        answerOnce(LISTED, 200, "{\"instances\":[" + WEB + "]}");
        answer(LISTED, "{}");
        answer(CHANGED, WEB);
    }

    @Test
    void inDevMode_instancesGoFirst_andThenTheGrantsPool() throws Exception {
        dev();
        var run = done("pool", "destroy", "demo/web");
        assertThat(run.out())
                .contains("- pool web: its instances can no longer start")
                .contains("signed by ")
                .endsWith("demo/web  destroyed\n");
        assertThat(posts()).hasSize(3);
        assertThat(posts().get(0)).contains("web:scale {\"running\":0,\"warm\":0,\"sleeping\":0}");
        assertThat(posts().get(1)).startsWith(CHANGED).contains("\"DESTROY\"");
        assertThat(posts().get(2)).startsWith("POST /v1/grants");
        assertThat(sent().pools()).isEmpty();
        assertThat(sent().version()).isEqualTo(2);
        assertThat(sent().quotas().maxVcpus()).isZero();
        assertThat(sent().runtimes()).hasSize(1);
    }

    @Test
    void instanceThatIsBusy_isDestroyedLater() throws Exception {
        dev();
        answerOnce(LISTED, 200, "{\"instances\":[" + WEB + "]}");
        answerOnce(CHANGED, 409, "{\"reason\":\"busy\",\"message\":\"it is starting\"}");
        assertThat(done("pool", "destroy", "demo/web").out()).endsWith("demo/web  destroyed\n");
        assertThat(posts()).hasSize(4);
    }

    @Test
    void grantThatTheKeyHasNotSigned_staysWithItsInstances() throws Exception {
        dev();
        serve(signedGrant("demo", others()));
        var run = mvm("pool", "destroy", "demo/web");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("has not signed the grant of demo");
        assertThat(posts()).isEmpty();
    }

    @Test
    void withoutTheKey_grantIsWritten_andNothingIsDestroyed() throws Exception {
        var run = done("pool", "destroy", "demo/web", "--out", dir.toString());
        var file = dir.resolve("demo-grant-2.json");
        assertThat(run.out())
                .contains("mvm pool scale demo/web --running 0")
                .contains("mvm grant publish " + file + ".dsse");
        assertThat(posts()).isEmpty();
        var written = DocumentFiles.grant(Drafts.open(file, DocumentType.GRANT, Payloads::grant));
        assertThat(written.grant().pools()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void poolThatTheGrantDoesNotHave_isTold(boolean dev) throws Exception {
        if (dev) {
            dev();
        }
        var run = mvm("pool", "destroy", "demo/api");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("has no pool api");
        assertThat(posts()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "demo/web --days 0", "demo/web --days 3651"})
    void wrongWords_areErrorsOfUsage(String words) throws Exception {
        dev();
        assertThat(mvm(("pool destroy " + words).split(" ")).status()).isEqualTo(2);
        assertThat(posts()).isEmpty();
    }
}
