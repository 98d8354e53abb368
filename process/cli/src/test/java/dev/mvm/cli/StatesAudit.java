package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// Runs of `mvm audit states` under a trust root of the test's own.
abstract class StatesAudit {
    @TempDir
    Path dir;

    final Ceremony ceremony = new Ceremony();
    private String pin = "";

    @BeforeEach
    final void root_isKnown() throws Exception {
        var root = Payloads.of(ceremony.rootDocument(1));
        Files.write(dir.resolve("root.dsse"), Ceremony.signed(DocumentType.ROOT, root, ceremony.rootKey));
        pin = Digest.of(root).value();
    }

    final CommandRun audit(Path settings, String more) {
        var line = "audit states --root " + dir.resolve("root.dsse") + " --pin " + pin + " " + more;
        return CommandRun.of(settings, line.strip().split(" "));
    }

    final CommandRun audit(Path saved) {
        return audit(dir.resolve("none"), saved.toString());
    }

    final void found(String why, StateHistory history, byte[] head) throws Exception {
        found(why, history, head, "");
    }

    final void found(String why, StateHistory history, byte[] head, String more) throws Exception {
        var saved = history.save(Files.createTempDirectory(dir, "log"), head);
        var run = audit(dir.resolve("none"), saved + more);
        assertThat(run.err()).startsWith("mvm: invalid log: ").contains(why).hasLineCount(1);
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
    }

    final StateHistory usual() {
        return StateHistory.usual(ceremony);
    }
}
