package dev.mvm.documents.claims;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.documents.repository.Checkout;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClaimPageTest {
    @TempDir
    private Path root;

    @Test
    void page_hasEachClaimUnderItsGoal_withItsTestsByKind() throws IOException {
        var checkout = new Checkout(root)
                .with("docs/security/claims.toml", """
                        [[claim]]
                        id = "H1"
                        goal = "privilege-separation"
                        mode = "hardened"
                        claim = "The door is shut."
                        enforced_by = ["dev.mvm.x.Door", "native/launch/peer.c", "the wall"]
                        remains = "Windows."
                        """ + ClaimCheckTest.claim("T1"))
                .with("x/src/main/java/dev/mvm/x/Door.java", "")
                .with("native/launch/peer.c", "")
                .with("x/src/test/java/dev/mvm/x/DoorTest.java", """
                        @%1$s("claim-H1")
                        void door_isShut() {}
                        @%1$s("claim-H1")
                        void door_staysShut() {}
                        """.formatted("Tag"))
                .with("verify/scenarios/fleet/01-up.sh", "# claim: T1\n");
        assertThat(new ClaimPage(checkout.repository()).text()).isEqualTo("""
                There are 2 claims. Counted by the nearest kind of test:

                | mode | unit | structure | program | fleet | node |
                |---|---|---|---|---|---|
                | both | 0 | 0 | 0 | 1 | 0 |
                | hardened | 1 | 0 | 0 | 0 | 0 |
                | dev | 0 | 0 | 0 | 0 | 0 |

                Claims of hardened mode that no suite on an installed node shows: H1.

                ## Privilege separation

                ### H1

                The door is shut.

                - Mode: hardened. Proof: unit.
                - Enforced by: [Door](../../x/src/main/java/dev/mvm/x/Door.java), [native/launch/peer.c](../../native/launch/peer.c), the wall
                - What remains: Windows.
                - Shown by unit test: `DoorTest`: door_isShut, door_staysShut

                ## Cryptographic integrity

                ### T1

                It holds.

                - Mode: both. Proof: fleet.
                - Enforced by: the wall
                - What remains: Nothing known.
                - Shown by scenario on a fleet in dev mode: `fleet/01-up`

                ## Confidentiality of memory and disk
                """);
    }
}
