package dev.mvm.documents.units;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `mvm-node forget-trust` forgets signed documents and nothing else, and not below daemons that run: its own function,
/// in a shell with stand-ins for systemctl and setpriv.
final class ForgetTrustTest {
    private static final Path TOOL =
            Path.of("../../packaging/debian/node/tool").toAbsolutePath().normalize();

    /// `$3` is the unit that is active.
    private static final String FORGET = """
            set -euo pipefail
            refuse() { echo "refused: $1"; exit 1; }
            systemctl() { [ "$3" = "$ACTIVE" ]; }
            export ACTIVE=$3 PATH=$2/bin:$PATH
            HOSTD_STATE=$2/hostd AGENTD_STATE=$2/agentd
            . "$1/forget.sh"
            node_forget_trust
            """;

    @TempDir
    private Path work;

    @BeforeEach
    void nodeThatHasTakenAState() throws Exception {
        for (var name : new String[] {
            "hostd/trust/state.dsse", "hostd/keys/node", "hostd/registry/i-1", "agentd/trust/a", "agentd/audit/a"
        }) {
            var file = work.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, name);
        }
        var setpriv = Files.createDirectory(work.resolve("bin")).resolve("setpriv");
        Files.writeString(setpriv, "#!/bin/sh\necho \"$1 $2 $3\"\nshift 3\nexec \"$@\"\n");
        Files.setPosixFilePermissions(setpriv, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private String forget(int status, String active) throws Exception {
        var process = new ProcessBuilder("bash", "-c", FORGET, "forget", TOOL.toString(), work.toString(), active)
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isEqualTo(status);
        return said;
    }

    @Test
    void documentsGo_theAgentsWithItsOwnRights_andAllElseStays() throws Exception {
        assertThat(forget(0, ""))
                .contains("--reuid=mvm --regid=mvm --clear-groups")
                .contains("also documents of the past");
        assertThat(work.resolve("hostd/trust")).doesNotExist();
        assertThat(work.resolve("agentd/trust")).doesNotExist();
        for (var name : new String[] {"hostd/keys/node", "hostd/registry/i-1", "agentd/audit/a"}) {
            assertThat(work.resolve(name)).hasContent(name);
        }
    }

    @Test
    void daemonThatRuns_keepsEverything() throws Exception {
        for (var unit : new String[] {"mvm-hostd.service", "mvm-hostd.socket", "mvm-agentd.service"}) {
            assertThat(forget(1, unit)).startsWith("refused: " + unit + " runs");
            assertThat(work.resolve("hostd/trust/state.dsse")).exists();
            assertThat(work.resolve("agentd/trust/a")).exists();
        }
    }
}
