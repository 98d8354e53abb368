package dev.mvm.agentd.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.audit.CheckpointSigner;
import dev.mvm.agentd.audit.Retention;
import dev.mvm.agentd.audit.TenantAudits;
import dev.mvm.agentd.credential.CertificateStatus;
import dev.mvm.agentd.credential.Credential;
import dev.mvm.agentd.execute.Backoff;
import dev.mvm.agentd.execute.Executor;
import dev.mvm.agentd.execute.InstanceTurns;
import dev.mvm.agentd.hostd.FakeHostd;
import dev.mvm.agentd.hostd.RunDirectory;
import dev.mvm.agentd.idle.IdleFile;
import dev.mvm.agentd.idle.IdleSettings;
import dev.mvm.agentd.idle.IdleTracker;
import dev.mvm.agentd.keys.Attestor;
import dev.mvm.agentd.keys.KeyAccess;
import dev.mvm.agentd.keys.KeyHolder;
import dev.mvm.agentd.memory.MemoryUse;
import dev.mvm.agentd.metrics.Tally;
import dev.mvm.agentd.plan.Policy;
import dev.mvm.agentd.reconcile.ManualHolds;
import dev.mvm.agentd.reconcile.Observed;
import dev.mvm.agentd.reconcile.Policies;
import dev.mvm.agentd.reconcile.Reconciler;
import dev.mvm.agentd.reconcile.Verbs;
import dev.mvm.hostd.registry.MemoryFiles;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.audit.AuditLog;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A coordinator that sends more requests than the agent answers at a time.
final class RequestAnswersTest {
    private final ArrayDeque<Runnable> threads = new ArrayDeque<>();
    private final List<NodeMessage> answers = new ArrayList<>();
    private final AtomicInteger done = new AtomicInteger();

    @TempDir
    private Path dir;

    /// Never connects.
    private final ManagedChannel channel =
            NettyChannelBuilder.forAddress("127.0.0.1", 1).usePlaintext().build();

    private RequestAnswers requests;

    @BeforeEach
    void build() throws Exception {
        var hostd = new FakeHostd();
        var trust = hostd.fixture.trust;
        var observed = new Observed(hostd, _ -> {});
        var holds = ManualHolds.open(new MemoryFiles());
        var idle = IdleTracker.open(IdleSettings.OFF, new IdleFile(new MemoryFiles()), OptionalInt::empty, _ -> {});
        var turns = new InstanceTurns();
        var executor = new Executor(
                hostd, turns, new Backoff<>(new Random(1), Duration.ofMinutes(5)), 4, () -> Ceremony.NOW, _ -> {});
        var policies = new Policies(holds, idle, IdleSettings.OFF, Policy.Prune.NOTHING);
        var reconciler = new Reconciler(trust, observed, policies, () -> false, executor, () -> Ceremony.NOW, _ -> {});
        var audit = new AuditLog(dir, "agentd", () -> Ceremony.NOW, _ -> {}, Optional.empty());
        var reports = new NodeReports(
                new NodeReports.Self(
                        NodeFacts.read(Ceremony.NODE),
                        NodeMode.HARDENED,
                        () -> new CertificateStatus(Ceremony.NOW, Optional.empty()),
                        new MemoryUse(dir),
                        Optional::empty),
                new RunDirectory(dir.resolve("hostd.sock")),
                new Health(hostd, observed, () -> {}),
                holds,
                audit,
                reconciler::last);
        var verbs = new Verbs(hostd, observed, holds, turns, audit, () -> Ceremony.NOW, _ -> {});
        var audits = new TenantAudits(
                dir.resolve("tenants"),
                Ceremony.NODE,
                new CheckpointSigner(() -> Credential.installed(dir), _ -> {}),
                Retention.of(400, 16),
                () -> Ceremony.NOW,
                _ -> {});
        var tally = new Tally();
        requests = new RequestAnswers(
                new VerbAnswers(verbs, reports, trust, observed, tally),
                new AgentAnswers(trust, observed, reconciler),
                audits,
                new KeyAnswers(new KeyAccess(KeyHolder.NONE, Attestor.NONE, () -> false), tally, _ -> {}),
                new SessionRelay(channel, hostd, _ -> {}),
                tally,
                new RequestLimiter(threads::add));
    }

    @AfterEach
    void close() {
        channel.shutdownNow();
    }

    private void begin(CoordinatorMessage.Builder request) {
        requests.begin(request.build(), answers::add, done::incrementAndGet);
    }

    @Test
    void verbBeyondTheLimit_isRefusedAtOnce_andCausesNoReport() {
        var verb = CoordinatorMessage.newBuilder();
        verb.getVerbBuilder().setRequest(7).setAddress("demo/web/i-00000001");
        for (int i = 0; i < RequestLimiter.VERBS; i++) {
            begin(verb);
        }
        assertThat(answers).isEmpty();
        begin(verb);
        assertThat(answers).singleElement().satisfies(answer -> {
            assertThat(answer.getVerbAnswer().getRequest()).isEqualTo(7);
            assertThat(answer.getVerbAnswer().getReason()).isEqualTo("agent_busy");
        });
        assertThat(done).hasValue(0);
        threads.remove().run();
        assertThat(answers.getLast().getVerbAnswer().getReason()).isEqualTo("unknown_verb");
        assertThat(done).hasValue(1);
    }

    @Test
    void everyKindOfRequest_hasAnAnswerOfItsKind_underItsNumber() {
        var audit = CoordinatorMessage.newBuilder();
        audit.getReadAuditBuilder().setRequest(1).setTenant("No Tenant");
        begin(audit);
        var networks = CoordinatorMessage.newBuilder();
        networks.getVerifyNetworksBuilder().setRequest(2);
        begin(networks);
        var question = CoordinatorMessage.newBuilder();
        question.getAskAgentBuilder().setRequest(3);
        begin(question);
        var challenge = CoordinatorMessage.newBuilder();
        challenge.getKeyChallengeBuilder().setRequest(4);
        begin(challenge);
        var blob = CoordinatorMessage.newBuilder();
        blob.getKeyBlobBuilder().setRequest(5);
        begin(blob);
        threads.forEach(Runnable::run);
        assertThat(answers).hasSize(5);
        assertThat(answers.get(0).getAuditAnswer().getRequest()).isEqualTo(1);
        assertThat(answers.get(0).getAuditAnswer().getReason()).isEqualTo("malformed");
        assertThat(answers.get(1).getNetworksAnswer().getRequest()).isEqualTo(2);
        assertThat(answers.get(1).getNetworksAnswer().getReason()).isEqualTo("hostd_unreachable");
        assertThat(answers.get(2).getAgentAnswer().getRequest()).isEqualTo(3);
        assertThat(answers.get(2).getAgentAnswer().getReason()).isEqualTo("no_state");
        assertThat(answers.get(3).getKeyStatement().getRequest()).isEqualTo(4);
        assertThat(answers.get(3).getKeyStatement().getReason()).isEqualTo("no_key_service");
        assertThat(answers.get(4).getKeyBlobAnswer().getRequest()).isEqualTo(5);
        assertThat(answers.get(4).getKeyBlobAnswer().getReason()).isEqualTo("no_key_service");
        assertThat(done).hasValue(5);
    }
}
