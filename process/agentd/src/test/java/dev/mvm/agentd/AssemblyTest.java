package dev.mvm.agentd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.audit.Retention;
import dev.mvm.agentd.idle.IdleSettings;
import dev.mvm.agentd.plan.Policy;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.audit.NodeCredential;
import dev.mvm.protocol.trust.Ceremony;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole agent, without a hostd and without a coordinator.
final class AssemblyTest {
    private final Ceremony ceremony = new Ceremony();
    private final List<String> log = new ArrayList<>();

    @TempDir
    private Path dir;

    private AgentConfig config;

    @BeforeEach
    void files() throws Exception {
        var credential = dir.resolve("credential");
        var now = Instant.now();
        NodeCredential.Authority.create(now).issue(Ceremony.NODE, now).write(credential);
        var root =
                Files.write(dir.resolve("root.dsse"), ceremony.root().envelope().array());
        config = new AgentConfig(
                Ceremony.NODE,
                NodeMode.DEV,
                dir.resolve("state"),
                dir.resolve("hostd.sock"),
                root,
                ceremony.root().digest(),
                InetSocketAddress.createUnresolved("127.0.0.1", 1),
                credential,
                Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                new ReconcileSettings(4, IdleSettings.OFF, Policy.Prune.NOTHING),
                Retention.of(400, 16));
    }

    @Test
    void agent_startsAndStops_withoutItsPeers() throws Exception {
        var services = Main.open(config);
        assertThat(services)
                .extracting(Service::name)
                .containsExactly(
                        "tenant-audits",
                        "audits",
                        "hostd",
                        "observed",
                        "run-directory",
                        "reconcile",
                        "channel",
                        "health",
                        "report",
                        "link",
                        "renewal",
                        "metrics");
        var agent = Services.start(services, log::add);
        agent.stop();
        agent.awaitStop();
        assertThat(log).isEmpty();
        assertThat(dir.resolve("state")).isDirectoryContaining("glob:**/trust");
    }
}
