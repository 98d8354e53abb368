package dev.mvm.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClaimCheckTest {
    private static final String TEST = """
            final class %s {
              @Test
              @Tag("claim-%s")
              void attack_fails() {}
            }
            """;
    private static final String PASSED = "passed\tdev.mvm.x.GoodTest.attack_fails\t";

    @TempDir
    private Path root;

    private void write(String path, String text) throws IOException {
        Files.createDirectories(root.resolve(path).getParent());
        Files.writeString(root.resolve(path), text);
    }

    private List<String> complaints(String rows, String... results) throws IOException {
        write("SECURITY.md", "| id | claim |\n|---|---|\n" + rows);
        return new ClaimCheck(new Repository(root), new Results(List.of(results))).complaints();
    }

    @Test
    void claimWithAMarkedTestThatPassed_isFine() throws IOException {
        write("x/src/test/java/p/GoodTest.java", TEST.formatted("GoodTest", "T1"));
        write("verify/scenarios/fleet/03-step.sh", "# claim: T2 T3\n");
        assertThat(complaints(
                        """
                        | T1 | `GoodTest#attack_fails` |
                        | T2 | `scenarios: fleet/03-step` |
                        | T3 | `scenarios: fleet/03-step`, `native-launch: request parser` |
                        """,
                        PASSED,
                        "passed\tscenarios: fleet/03-step: anything\t",
                        "passed\tnative-launch: request parser: anything\t"))
                .isEmpty();
    }

    @Test
    void claimWithoutItsTest_isNamed() throws IOException {
        write("x/src/test/java/p/GoodTest.java", TEST.formatted("GoodTest", "T1"));
        assertThat(complaints("| T1 | `GoodTest#attack_fails` |\n| T2 | trust us |\n", PASSED))
                .containsExactly("SECURITY.md:4: claim T2 names no test");
        assertThat(complaints("| T1 | `GoodTest#attack_fails` |\n"))
                .containsExactly("SECURITY.md:3: claim T1: no test was run that is GoodTest#attack_fails");
        assertThat(complaints("| T1 | `GoodTest#attack_fails` |\n", "failed\tdev.mvm.x.GoodTest.attack_fails\t"))
                .containsExactly("SECURITY.md:3: claim T1: dev.mvm.x.GoodTest.attack_fails failed");
        assertThat(complaints("| T1 | `GoodTest#attack_fails` |\n", "skipped\tdev.mvm.x.GoodTest.attack_fails\tno KVM"))
                .singleElement()
                .asString()
                .endsWith("was skipped");
        assertThat(complaints("| T1 | `GoodTest#attack_fails` |\n", "passed\tdev.mvm.x.GoodTest.attack_fails_not\t"))
                .hasSize(1);
    }

    @Test
    void deferredTest_supportsItsClaim_andOneThatNeverRanDoesNot() throws IOException {
        write("verify/machine/suites/60-host", "# claim: P6\n");
        var row = "| P6 | `node-60-host` |\n";
        assertThat(complaints(row, "deferred\tnode-60-host: its tests\t./dev check --long runs it"))
                .isEmpty();
        assertThat(complaints(row, "passed\tnode-60-host: it refuses\t")).isEmpty();
        assertThat(complaints(row)).containsExactly("SECURITY.md:3: claim P6: no test was run that is node-60-host");
        assertThat(complaints(row, "failed\tnode-60-host: it refuses\t"))
                .containsExactly("SECURITY.md:3: claim P6: node-60-host: it refuses failed");
    }

    @Test
    void testAndRow_haveToNameEachOther() throws IOException {
        write("x/src/test/java/p/GoodTest.java", TEST.formatted("GoodTest", "T9"));
        assertThat(complaints("| T1 | `GoodTest#attack_fails` |\n", PASSED))
                .containsExactly(
                        "SECURITY.md:3: claim T1: GoodTest#attack_fails does not bear its mark",
                        "GoodTest#attack_fails is marked as a test of claim T9, whose row does not name it");
    }

    @Test
    void documentWithoutClaims_isWrong() throws IOException {
        assertThat(complaints("")).containsExactly("SECURITY.md has no claims");
    }
}
