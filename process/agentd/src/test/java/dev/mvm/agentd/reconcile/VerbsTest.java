package dev.mvm.agentd.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.agentd.execute.InstanceTurns;
import dev.mvm.agentd.hostd.FakeHostd;
import dev.mvm.hostd.registry.MemoryFiles;
import dev.mvm.model.InstanceAddress;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.audit.AuditLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VerbsTest {
    @TempDir
    private Path dir;

    /// A hostd that has not started has a socket all the same: a call would wait, and be served much later.
    @Test
    void whileHostdDoesNotAnswer_verbsAreRefused_andHostdIsNotCalled() throws Exception {
        var hostd = new FakeHostd();
        var observed = new Observed(hostd, _ -> {});
        var holds = ManualHolds.open(new MemoryFiles());
        var audit = new AuditLog(dir, "agentd", () -> Ceremony.NOW, _ -> {}, Optional.empty());
        var verbs = new Verbs(hostd, observed, holds, new InstanceTurns(), audit, () -> Ceremony.NOW, _ -> {});
        var result = verbs.perform(InstanceAddress.parse("acme/web/i-00000001"), Verbs.Verb.STOP);
        assertThat(result).isEqualTo(new Verbs.Result(Optional.of("hostd_unreachable"), Optional.empty()));
        assertThatThrownBy(() -> verbs.verifyNetworks(false)).isInstanceOf(IOException.class);
        assertThat(hostd.asked).isEmpty();
        assertThat(holds.next()).isEmpty();
    }
}
