package dev.mvm.documents.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.documents.repository.Checkout;
import dev.mvm.documents.repository.Sources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NameCheckTest {
    @TempDir
    private Path root;

    private Checkout checkout;

    @BeforeEach
    void sources() throws IOException {
        checkout = new Checkout(root)
                .with(
                        "a/src/main/java/dev/mvm/a/Door.java",
                        "package dev.mvm.a; enum Door { NOT_THERE } // /etc/mvm/a.conf")
                .with("a/src/test/java/dev/mvm/a/DoorTest.java", "class DoorTest { void door_opens() {} }")
                .with("verify/machine/suites/20-life", "true")
                .with("packaging/debian/node/units/mvm-a@.service", "[Unit]");
    }

    private List<String> complaints(String document) throws IOException {
        var repository = checkout.with("docs/page.md", document).repository();
        return new NameCheck(repository, new Sources(repository)).complaints();
    }

    @Test
    void namesThatSourcesHave_areFine() throws IOException {
        assertThat(complaints("""
                `Door`, `DoorTest`, `DoorTest#door_opens`, `not_there`, `hostd_not_there`, `failed_CALL`, `20-life`
                `mvm-a@.service`, `mvm-a@1-2.service`, `/etc/mvm/a.conf`, `dev.mvm.a`, `pkRm`, `plain words`
                [Door](../a/src/main/java/dev/mvm/a/Door.java) [the door](../a/src/main/java/dev/mvm/a/Door.java)
                """)).isEmpty();
    }

    @Test
    void namesThatNoSourceHas_areFound() throws IOException {
        assertThat(complaints("""
                `Window`
                `WindowTest`
                `DoorTest#door_closes`
                `no_such_reason`
                `21-death`
                `mvm-b.service`
                `/etc/mvm/b.conf`
                `dev.mvm.b`
                [Gate](../a/src/main/java/dev/mvm/a/Door.java)
                """))
                .containsExactly(
                        "docs/page.md:1: no source has the name Window",
                        "docs/page.md:2: there is no test WindowTest",
                        "docs/page.md:3: DoorTest has no test door_closes",
                        "docs/page.md:4: no source has the name no_such_reason",
                        "docs/page.md:5: there is no suite 21-death",
                        "docs/page.md:6: there is no unit mvm-b.service",
                        "docs/page.md:7: nothing here uses the path /etc/mvm/b.conf",
                        "docs/page.md:8: there is no package or class dev.mvm.b",
                        "docs/page.md: a link is called Gate and leads to Door");
    }
}
