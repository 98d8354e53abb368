package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Refusals of `mvm run` before it imports anything. Whole runs are in the scenario `image`.
final class RunCommandTest extends GrantInForceTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "tree:/nowhere",
                "tree:/nowhere --tenant Demo",
                "tree:/nowhere --tenant demo --name Web",
                "tree:/nowhere --tenant demo --name -",
                "tree:/nowhere --tenant demo --rm --detach",
                "tree:/nowhere --tenant demo --vcpus 33",
                "tree:/nowhere --tenant demo --flag fast",
            })
    void wrongWords_areErrorsOfUsage(String words) throws Exception {
        dev();
        var run = mvm(("run " + words).split(" "));
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).hasLineCount(1);
        assertThat(requests).isEmpty();
    }

    @Test
    void referenceOfNoKind_isRefused() {
        var run = mvm("run", "nginx", "--tenant", "demo");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).startsWith("mvm: reference_invalid: ").hasLineCount(1);
    }

    @Test
    void removalNeedsTheKey() {
        var run = mvm("run", "tree:/nowhere", "--tenant", "demo", "--rm");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("mvm pool destroy");
    }

    @Test
    void grantThatTheKeyHasNotSigned_isNotContinued() throws Exception {
        dev();
        serve(signedGrant("demo", others()));
        var run = mvm("run", "tree:/nowhere", "--tenant", "demo");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("has not signed the grant of demo").hasLineCount(1);
        assertThat(posts()).isEmpty();
    }

    @Test
    void tenantWithoutAGrant_isTold() {
        var run = mvm("run", "tree:/nowhere", "--tenant", "new");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("has no grant yet").hasLineCount(1);
    }
}
