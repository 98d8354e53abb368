package dev.mvm.documents.generated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.documents.repository.Checkout;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TablesTest {
    private static final String POM = """
            <project><parent><artifactId>mvm</artifactId><version>1</version></parent><artifactId>%s</artifactId>
            <dependencies>%s</dependencies></project>
            """;

    @TempDir
    private Path root;

    private Checkout checkout;

    @BeforeEach
    void checkout() {
        checkout = new Checkout(root);
    }

    private static String dependency(String artifact, String scope) {
        return "<dependency><artifactId>%s</artifactId><scope>%s</scope></dependency>".formatted(artifact, scope);
    }

    @Test
    void modules_haveTheFirstSentenceOfTheirPage_andWhatTheirPomUses() throws IOException {
        checkout.with("pom.xml", """
                        <project><artifactId>mvm</artifactId><modules>
                        <module>process/b</module><module>foundation/a</module>
                        </modules></project>
                        """)
                .with("foundation/a/pom.xml", POM.formatted("mvm-a", dependency("jackson-core", "compile")))
                .with(
                        "foundation/a/src/main/java/module-info.java",
                        "/// Values, of [dev.mvm.a.A]\n/// alone. More.\nmodule a {}\n")
                .with(
                        "process/b/pom.xml",
                        POM.formatted("mvm-b", dependency("mvm-a", "runtime") + dependency("junit", "test")))
                .with("process/b/README.md", "# b\n\nThis folder holds b | c. It is more.\n")
                .with("native/c/README.md", "This folder holds c.\n");
        assertThat(new ModuleTable(checkout.repository()).text()).isEqualTo("""
                | folder | content | uses | jars of others |
                |---|---|---|---|
                | `foundation/a` | Values, of `dev.mvm.a.A` alone. | - | jackson-core |
                | `process/b` | b \\| c. | `foundation/a` | - |
                | `native/c` | c. | - | - |
                """);
    }

    @Test
    void moduleWithoutAPage_isRefused() throws IOException {
        checkout.with(
                        "pom.xml",
                        "<project><artifactId>m</artifactId><modules><module>verify/a</module></modules></project>")
                .with("verify/a/pom.xml", POM.formatted("mvm-a", ""));
        var table = new ModuleTable(checkout.repository());
        assertThatThrownBy(table::text).hasMessage("verify/a has neither a README nor a package page");
    }

    @Test
    void processes_haveWhatTheirUnitsGiveThem() throws IOException {
        checkout.with("packaging/debian/node/units/mvm-a.service", """
                        [Service]
                        # User=nobody
                        ProtectSystem=strict
                        StateDirectory=mvm-a
                        ReadWritePaths=-/run/a
                        CapabilityBoundingSet=CAP_KILL
                        CapabilityBoundingSet=
                        CapabilityBoundingSet=CAP_CHOWN \\
                            CAP_MKNOD
                        DevicePolicy=closed
                        DeviceAllow=/dev/fuse rw
                        RestrictAddressFamilies=AF_UNIX
                        InaccessiblePaths=-/run/dbus /etc/mvm
                        NoExecPaths=/
                        ExecPaths=/usr/lib/jvm
                        """)
                .with("packaging/debian/node/units/mvm-a.socket", """
                        ListenStream=/run/a.sock
                        SocketUser=root
                        SocketGroup=mvm
                        SocketMode=0660
                        """)
                .with(
                        "packaging/debian/node/units/mvm-b@.service",
                        "DynamicUser=yes\nUser=mvm-b-%i\nPrivateNetwork=yes\n")
                .with("packaging/debian/node/units/mvm-d@.service", "DynamicUser=yes\nPrivateDevices=yes\n")
                .with("packaging/debian/node/units/mvm-c.service", """
                        ProtectSystem=strict
                        ReadWritePaths=-+/run/c
                        RootDirectory=/run/world
                        BindReadOnlyPaths=/usr/lib/c -/run
                        NoExecPaths=+/
                        ExecPaths=+/usr/lib/c
                        """);
        var table = new ProcessTable(checkout.repository());
        assertThat(table.text()).isEqualTo("""
                | process | user | capabilities | writes, besides a private /tmp | devices |
                |---|---|---|---|---|
                | `mvm-a` | root | `CAP_CHOWN`, `CAP_MKNOD` | `/var/lib/mvm-a`, `/run/a` | `/dev/fuse rw` |
                | `mvm-b@` | a new one for each process | none | `/` | not restricted |
                | `mvm-c` | root | none | `/run/c` | not restricted |
                | `mvm-d@` | one for all of these | none | `/` | none |

                | process | listens on | other sockets | network | executes |
                |---|---|---|---|---|
                | `mvm-a` | `/run/a.sock`, root:mvm 0660 | `AF_UNIX` | no internet sockets | files of `/usr/lib/jvm` |
                | `mvm-b@` | none | none | a network of its own without interfaces | not restricted by path |
                | `mvm-c` | none | none | the machine's | files of `/usr/lib/c` |
                | `mvm-d@` | none | none | the machine's | not restricted by path |

                | process | sees nothing of |
                |---|---|
                | `mvm-a` | `/run/dbus`, `/etc/mvm` |
                | `mvm-b@` | none |
                | `mvm-c` | anything but `/proc` and `/usr/lib/c`, `/run`, `/run/c` |
                | `mvm-d@` | none |
                """);
        assertThat(table.capabilitiesOfRoot()).containsExactly("CAP_CHOWN", "CAP_MKNOD");
    }

    @Test
    void decisions_areListedByTheirTitles() throws IOException {
        checkout.with("docs/adr/0001-a.md", "# 1. A is so\n").with("docs/adr/0002-b.md", "# 2. B is not\n");
        assertThat(new DecisionList(checkout.repository()).text())
                .isEqualTo("- [0001 A is so](0001-a.md)\n- [0002 B is not](0002-b.md)\n");
        checkout.with("docs/adr/0003-c.md", "C\n");
        var list = new DecisionList(checkout.repository());
        assertThatThrownBy(list::text).hasMessage("docs/adr/0003-c.md does not begin with a numbered title");
    }
}
