package dev.mvm.agentd.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.execute.Backoff;
import dev.mvm.agentd.execute.Executor;
import dev.mvm.agentd.execute.InstanceTurns;
import dev.mvm.agentd.hostd.FakeHostd;
import dev.mvm.agentd.idle.IdleFile;
import dev.mvm.agentd.idle.IdleSettings;
import dev.mvm.agentd.idle.IdleTracker;
import dev.mvm.agentd.plan.Policy;
import dev.mvm.agentd.reconcile.ManualHolds;
import dev.mvm.agentd.reconcile.Observed;
import dev.mvm.agentd.reconcile.Policies;
import dev.mvm.agentd.reconcile.Reconciler;
import dev.mvm.hostd.registry.MemoryFiles;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.control.v1.PlanStep;
import dev.mvm.protocol.control.v1.PoolOutcome;
import dev.mvm.protocol.control.v1.Question;
import dev.mvm.protocol.trust.Ceremony;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class AgentAnswersTest {
    private final FakeHostd hostd = new FakeHostd();
    private final Observed observed = new Observed(hostd, _ -> {});
    private AgentAnswers answers;

    @BeforeEach
    void build() throws IOException {
        var idle = IdleTracker.open(IdleSettings.OFF, new IdleFile(new MemoryFiles()), OptionalInt::empty, _ -> {});
        var policies = new Policies(ManualHolds.open(new MemoryFiles()), idle, IdleSettings.OFF, Policy.Prune.NOTHING);
        var backoff = new Backoff<InstanceId>(new Random(1), Duration.ofMinutes(5));
        var executor = new Executor(hostd, new InstanceTurns(), backoff, 4, () -> Ceremony.NOW, _ -> {});
        var trust = hostd.fixture.trust;
        var reconciler = new Reconciler(trust, observed, policies, () -> false, executor, () -> Ceremony.NOW, _ -> {});
        answers = new AgentAnswers(trust, observed, reconciler);
    }

    @Test
    void planSaysWhatReconcileDoes_andDesiredWhatFor() throws Exception {
        hostd.fixture.install(hostd.fixture.state(new Counts(1, 0, 0)));
        observed.refresh();
        var plan = answers.to(7, Question.PLAN);
        assertThat(plan.getRequest()).isEqualTo(7);
        assertThat(plan.getReason()).isEmpty();
        assertThat(plan.getAnswer().getStepsList())
                .extracting(PlanStep::getOperation)
                .containsExactly("create", "attach", "start");
        assertThat(plan.getAnswer().getStepsList())
                .extracting(PlanStep::getWave)
                .containsExactly(1, 2, 3);
        assertThat(plan.getAnswer().getStepsPlanned()).isEqualTo(3);
        assertThat(hostd.fixture.registry.all()).as("nothing is done").isEmpty();

        var outcomes = answers.to(8, Question.RECONCILE).getAnswer().getOutcomesList();
        assertThat(outcomes).extracting(PoolOutcome::getOutcome).containsExactly("progressing");
        assertThat(hostd.fixture.registry.all()).hasSize(1);
        assertThat(answers.to(9, Question.PLAN).getAnswer().getStepsList()).isEmpty();

        var desired = answers.to(10, Question.DESIRED).getAnswer();
        assertThat(desired.getPools(0).getPool()).isEqualTo("demo/web");
        assertThat(desired.getPools(0).getDesired().getRunning()).isEqualTo(1);
        assertThat(desired.getSequence()).isEqualTo(1);
    }

    @Test
    void whatCannotBeAnswered_isSaidWithAReason() throws Exception {
        assertThat(answers.to(1, Question.PLAN).getReason()).isEqualTo("no_state");
        hostd.fixture.install(hostd.fixture.state(new Counts(1, 0, 0)));
        assertThat(answers.to(2, Question.PLAN).getReason()).isEqualTo("hostd_unreachable");
        assertThat(answers.to(3, Question.RECONCILE).getReason()).isEqualTo("hostd_unreachable");
        assertThat(answers.to(4, Question.QUESTION_UNSPECIFIED).getReason()).isEqualTo("unknown_question");
    }
}
