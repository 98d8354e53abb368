package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `mvm trust publish`.
final class TrustPublishTest extends CommandTest {
    private String root = "";

    @BeforeEach
    void root() {
        var fleet = dir.resolve("fleet");
        assertThat(mvm("trust", "init", "--dir", fleet.toString()).status()).isZero();
        root = fleet.resolve("root.dsse").toString();
    }

    @Test
    void rootThatWouldStopTheFleet_isRefusedInOneLine() {
        answer("POST /v1/roots", 409, "{\"reason\":\"root_stops_fleet\",\"message\":\"void are the grants of acme\"}");
        var run = mvm("trust", "publish", root);
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).contains("void are the grants of acme", "root_stops_fleet");
        assertThat(requests.getLast()).doesNotContain("even_if");
    }

    @Test
    void whatIsMeant_isSaid_andWhatIsToBeDoneThen() {
        answer("POST /v1/roots", "{\"roots\":[],\"signs\":false}");
        var run = mvm("trust", "publish", root, "--even-if", "state_key,grants", "--even-if", "node_documents");
        assertThat(run.status()).isZero();
        assertThat(requests.getLast()).contains("\"even_if\":[\"state_key\",\"grants\",\"node_documents\"]");
        assertThat(run.out()).contains("trust root 1 is in force", "state-key in its configuration");
    }
}
