package dev.mvm.documents.claims;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.documents.repository.Checkout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClaimCheckTest {
    /// The mark is put together, or it would be one of this class.
    private static final String TEST = """
            package dev.mvm.x;
            final class GoodTest {
              @Test
              @%s("claim-T1")
              void attack_fails() {}
            }
            """.formatted("Tag");
    private static final String GOOD = "x/src/test/java/dev/mvm/x/GoodTest.java";
    private static final String PASSED = "passed\tdev.mvm.x.GoodTest.attack_fails\t";
    private static final String REGISTER = "docs/security/claims.toml";

    @TempDir
    private Path root;

    private Checkout checkout;

    @BeforeEach
    void test() throws IOException {
        checkout = new Checkout(root).with(GOOD, TEST);
    }

    static String claim(String id) {
        return """
                [[claim]]
                id = "%s"
                goal = "integrity"
                mode = "both"
                claim = "It holds."
                enforced_by = ["the wall"]
                remains = "Nothing known."
                """.formatted(id);
    }

    private List<String> complaints(String register, String... results) throws IOException {
        checkout.with(REGISTER, register);
        return new ClaimCheck(checkout.repository(), new Results(List.of(results))).complaints();
    }

    @Test
    void claimsWithMarkedTestsThatPassed_areFine() throws IOException {
        checkout.with("verify/scenarios/fleet/03-step.sh", "# claim: T2 T3\n")
                .with("verify/machine/suites/20-life", "#!/bin/bash\n# claim: T3\n")
                .with(
                        "native/launch/test/run.sh",
                        "# claim: T4\nsuite \"parser\" x\n  # claim: T4, as root\n  # shellcheck disable=SC1 # x\n  as_each \"dev\" x\n");
        assertThat(complaints(
                        claim("T1") + claim("T2") + claim("T3") + claim("T4"),
                        PASSED,
                        "passed\tscenarios: fleet/03-step: anything\t",
                        "skipped\tscenarios: fleet/03-step: more\tno KVM",
                        "passed\tnode-20-life: anything\t",
                        "passed\tnative-launch: parser: anything\t",
                        "passed\tnative-launch: dev as root: anything\t",
                        "failed\tnative-launch: dev as user: anything\t"))
                .isEmpty();
    }

    @Test
    void deferredTest_supportsItsClaim_andOneThatNeverRanDoesNot() throws IOException {
        checkout.with("verify/machine/suites/60-host", "#!/bin/bash\n# claim: T2\n");
        var register = claim("T1") + claim("T2");
        assertThat(complaints(register, PASSED, "deferred\tnode-60-host: its tests\t./dev check --long runs it"))
                .isEmpty();
        assertThat(complaints(register, PASSED, "passed\tnode-60-host: it refuses\t"))
                .isEmpty();
        assertThat(complaints(register, PASSED)).hasSize(1);
        assertThat(complaints(register, PASSED, "failed\tnode-60-host: it refuses\t"))
                .hasSize(1);
    }

    @Test
    void claimWithoutATest_isNamed() throws IOException {
        assertThat(complaints(claim("T1") + claim("T2"), PASSED))
                .containsExactly(REGISTER + ":9: no test is marked with claim T2");
    }

    @Test
    void testThatDidNotPass_supportsNoClaim() throws IOException {
        assertThat(complaints(claim("T1")))
                .containsExactly(GOOD + ":4: claim T1: no test was run that is dev.mvm.x.GoodTest.attack_fails");
        assertThat(complaints(claim("T1"), "failed\tdev.mvm.x.GoodTest.attack_fails\t"))
                .containsExactly(GOOD + ":4: claim T1: dev.mvm.x.GoodTest.attack_fails failed");
        assertThat(complaints(claim("T1"), "skipped\tdev.mvm.x.GoodTest.attack_fails\tno KVM"))
                .containsExactly(GOOD + ":4: claim T1: dev.mvm.x.GoodTest.attack_fails was skipped");
        assertThat(complaints(claim("T1"), "passed\tdev.mvm.x.GoodTest.attack_fails_not\t"))
                .hasSize(1);
        assertThat(complaints(claim("T1"), "passed\tdev.mvm.y.GoodTest.attack_fails\t"))
                .hasSize(1);
    }

    @Test
    void markWithoutAClaim_isNamed() throws IOException {
        checkout.with("verify/scenarios/fleet/03-step.sh", "true\n# claim: T9\n");
        assertThat(complaints(claim("T1"), PASSED, "passed\tscenarios: fleet/03-step: anything\t"))
                .containsExactly("verify/scenarios/fleet/03-step.sh:2: there is no claim T9");
    }

    @Test
    void markOnNoTest_isNamed() throws IOException {
        checkout.with("x/src/test/java/dev/mvm/x/EndTest.java", "class EndTest {}\n// @Tag(\"claim-T1\")\n")
                .with("native/launch/test/run.sh", "# claim: T1\n\necho\n");
        assertThat(complaints(claim("T1"), PASSED))
                .containsExactly(
                        "x/src/test/java/dev/mvm/x/EndTest.java:2: the mark of claim T1 is on no test",
                        "native/launch/test/run.sh:1: the mark of claim T1 is above no suite");
    }

    @Test
    void registerOfAnotherForm_isNamed() throws IOException {
        assertThat(complaints("", PASSED)).contains(REGISTER + " has no claims");
        assertThat(complaints(claim("T1") + claim("T1"), PASSED)).containsExactly(REGISTER + ":9: T1 is there twice");
        assertThat(complaints(claim("T1") + "colour = \"red\"\n", PASSED))
                .containsExactly(REGISTER + ":2: unknown key colour");
        assertThat(complaints("[table]\nx = 1\n" + claim("T1"), PASSED))
                .containsExactly(REGISTER + ": unknown table table");
        assertThat(complaints(claim("T1").replace("It holds.", " "), PASSED))
                .containsExactly(REGISTER + ":2: no text for the key claim");
        assertThat(complaints(claim("T1").replace("[\"the wall\"]", "\"the wall\""), PASSED))
                .containsExactly(REGISTER + ":2: no list of texts for the key enforced_by");
        assertThat(complaints(claim("T1").replace("integrity", "fame"), PASSED))
                .contains(REGISTER + ":2: T1 serves an unknown goal: fame");
        assertThat(complaints(claim("T1").replace("both", "some"), PASSED))
                .contains(REGISTER + ":2: T1 holds in an unknown mode: some");
        assertThat(complaints(claim("claim one"), PASSED))
                .contains(REGISTER + ":2: an id is a capital letter and a number, not claim one");
        assertThat(complaints(claim("T1") + "id = \"T2\"\n", PASSED)).isNotEmpty();
    }

    @Test
    void enforcerThatIsNotThere_isNamed() throws IOException {
        checkout.with("x/src/main/java/dev/mvm/x/Door.java", "").with("native/launch/peer.c", "");
        var enforcers = "[\"dev.mvm.x.Door\", \"native/launch/peer.c\", \"dev.mvm.x.Gate\", \"native/launch/gate.c\"]";
        assertThat(complaints(claim("T1").replace("[\"the wall\"]", enforcers), PASSED))
                .containsExactly(
                        REGISTER + ":2: T1 is enforced by what is not there: dev.mvm.x.Gate",
                        REGISTER + ":2: T1 is enforced by what is not there: native/launch/gate.c");
    }

    @Test
    void idsInDocumentsAboutSecurity_areThoseOfClaims() throws IOException {
        checkout.with(REGISTER, claim("T1"))
                .with("SECURITY.md", "Signed (T1).\nShut (T1 to T3).\n")
                .with("CONTRIBUTING.md", "H1");
        assertThat(new ClaimMentions(checkout.repository()).complaints())
                .containsExactly("SECURITY.md:2: there is no claim T3");
    }
}
