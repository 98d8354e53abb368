package dev.mvm.agentd.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.execute.Backoff;
import dev.mvm.agentd.execute.Executor;
import dev.mvm.agentd.execute.InstanceTurns;
import dev.mvm.agentd.execute.Outcome;
import dev.mvm.agentd.execute.RoundResult;
import dev.mvm.agentd.hostd.FakeHostd;
import dev.mvm.agentd.idle.IdleFile;
import dev.mvm.agentd.idle.IdleSettings;
import dev.mvm.agentd.idle.IdleTracker;
import dev.mvm.agentd.plan.Policy;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.trust.Ceremony;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Whole rounds against hostd's own policy.
final class ReconcilerTest {
    private final FakeHostd hostd = new FakeHostd();
    private final List<String> log = new ArrayList<>();
    private final Backoff<InstanceId> backoff = new Backoff<>(new Random(1), Duration.ofMinutes(5));
    private Instant now = Ceremony.NOW;
    private boolean down;
    private Observed observed;
    private ManualHolds holds;
    private Reconciler reconciler;

    @BeforeEach
    void build() throws Exception {
        observed = new Observed(hostd, log::add);
        holds = ManualHolds.open(new dev.mvm.hostd.registry.MemoryFiles());
        var executor = new Executor(hostd, new InstanceTurns(), backoff, 4, () -> now, log::add, Duration.ofHours(1));
        reconciler = new Reconciler(
                hostd.fixture.trust,
                observed,
                new Policies(holds, idle(), IdleSettings.OFF, Policy.Prune.NOTHING),
                () -> down,
                executor,
                () -> now,
                log::add);
        hostd.fixture.install(hostd.fixture.state(new Counts(3, 1, 0)));
        observed.refresh();
    }

    private IdleTracker idle() throws IOException {
        return IdleTracker.open(
                IdleSettings.OFF, new IdleFile(new dev.mvm.hostd.registry.MemoryFiles()), OptionalInt::empty, log::add);
    }

    private Outcome outcome() throws InterruptedException {
        return reconciler.round().outcome();
    }

    private List<InstanceState> states() {
        return hostd.fixture.registry.all().stream()
                .map(r -> r.state())
                .sorted()
                .toList();
    }

    @Test
    void emptyNode_converges_andStaysSo() throws Exception {
        assertThat(outcome()).isEqualTo(new Outcome.Progressing(13));
        assertThat(states())
                .containsExactly(
                        InstanceState.RUNNING, InstanceState.RUNNING, InstanceState.RUNNING, InstanceState.WARM);
        int asked = hostd.asked.size();
        assertThat(outcome()).isEqualTo(new Outcome.Converged());
        assertThat(hostd.asked).hasSize(asked);
    }

    @Test
    void deadVm_isStartedAgain_butNotAtOnce() throws Exception {
        assertThat(outcome()).isInstanceOf(Outcome.Progressing.class);
        var victim = hostd.fixture.registry.all().stream()
                .filter(r -> r.state() == InstanceState.RUNNING)
                .findFirst()
                .orElseThrow()
                .address()
                .instance();
        hostd.fixture.machines.die(victim);
        hostd.fixture.host.ended(victim);
        observed.refresh();
        assertThat(outcome()).isEqualTo(new Outcome.Blocked("backing_off"));
        now = now.plusSeconds(2);
        assertThat(outcome()).isInstanceOf(Outcome.Progressing.class);
        assertThat(states())
                .containsExactly(
                        InstanceState.RUNNING, InstanceState.RUNNING, InstanceState.RUNNING, InstanceState.WARM);
        assertThat(hostd.fixture.machines.alive()).hasSize(4).contains(victim);
    }

    /// Two starts of the same instance are two plans, and root's receipts tell them apart.
    @Test
    @Tag("claim-R6")
    void eachPlan_hasItsOwnHash_inTheReceiptsOfAllItsSteps() throws Exception {
        assertThat(outcome()).isEqualTo(new Outcome.Progressing(13));
        assertThat(plans(""))
                .as("of one plan, the network's too")
                .hasSize(14)
                .containsOnly(plans("").getFirst());
        var victim = hostd.fixture.registry.all().stream()
                .filter(r -> r.state() == InstanceState.RUNNING)
                .findFirst()
                .orElseThrow()
                .address();
        for (int i = 2; i <= 4; i++) {
            hostd.fixture.machines.die(victim.instance());
            hostd.fixture.host.ended(victim.instance());
            observed.refresh();
            now = now.plus(Duration.ofMinutes(6));
            assertThat(outcome()).isInstanceOf(Outcome.Progressing.class);
            assertThat(plans("\"start_instance\",\"subject\":\"" + victim + "\""))
                    .hasSize(i)
                    .doesNotHaveDuplicates();
        }
    }

    /// The plans that the receipts with `part` name.
    private List<String> plans(String part) {
        return hostd.fixture.audited().stream()
                .filter(line -> line.contains(part))
                .map(line -> line.replaceFirst(".*\"plan\":\"(sha256:[0-9a-f]{64})\".*", "$1"))
                .toList();
    }

    @Test
    void whatFails_isLeftAloneForAWhile_andDoesNotStopTheRest() throws Exception {
        hostd.fixture.machines.artefacts = Optional.of(Refusal.ARTEFACT_MISSING);
        assertThat(reconciler.round().instances().values())
                .hasSize(4)
                .containsOnly(new Outcome.Rejected("artefact_missing"));
        observed.refresh();
        assertThat(reconciler.round().instances().values()).hasSize(4).containsOnly(new Outcome.Blocked("backing_off"));
        hostd.fixture.machines.artefacts = Optional.empty();
        now = now.plus(Duration.ofSeconds(5));
        assertThat(outcome()).isInstanceOf(Outcome.Progressing.class);
        assertThat(states()).doesNotContain(InstanceState.READY);
    }

    @Test
    void heldInstance_isLeftAlone_untilItsMomentHasPassed() throws Exception {
        assertThat(outcome()).isInstanceOf(Outcome.Progressing.class);
        var id = hostd.fixture.registry.all().stream()
                .filter(r -> r.state() == InstanceState.RUNNING)
                .findFirst()
                .orElseThrow()
                .address()
                .instance();
        holds.hold(id, Ceremony.NOW.plusSeconds(60));
        assertThat(hostd.call(new HostOperation.StopInstance(id, 0))).isNotNull();
        observed.refresh();
        assertThat(outcome()).isEqualTo(new Outcome.Converged());
        holds.release(id);
        now = now.plusSeconds(2);
        assertThat(outcome()).isInstanceOf(Outcome.Progressing.class);
        assertThat(hostd.fixture.machines.alive()).contains(id);
    }

    @Test
    @Tag("claim-A2")
    void withoutHostd_nothingIsPlanned() throws Exception {
        hostd.reachable(false);
        var thread = Thread.ofVirtual().start(observed);
        while (observed.latest().isPresent()) {
            Thread.onSpinWait();
        }
        assertThat(reconciler.round()).isEqualTo(RoundResult.UNREACHABLE);
        assertThat(hostd.fixture.registry.all()).isEmpty();
        thread.interrupt();
        thread.join();
    }

    @Test
    void machineThatStops_hasNoGuests_andStartsNone_untilItDoesNot() throws Exception {
        assertThat(outcome()).isInstanceOf(Outcome.Progressing.class);
        down = true;
        now = now.plusSeconds(60);
        observed.refresh();
        assertThat(outcome()).isInstanceOf(Outcome.Progressing.class);
        assertThat(hostd.fixture.machines.alive()).isEmpty();
        assertThat(outcome()).isEqualTo(new Outcome.Converged());
        down = false;
        assertThat(outcome()).isInstanceOf(Outcome.Progressing.class);
        assertThat(hostd.fixture.machines.alive()).hasSize(4);
    }

    @Test
    void machineThatStops_asksAlsoWithoutAState() throws Exception {
        assertThat(outcome()).isInstanceOf(Outcome.Progressing.class);
        down = true;
        now = now.plus(Duration.ofDays(400)); // everything has expired
        observed.refresh();
        assertThat(outcome()).isInstanceOf(Outcome.Progressing.class);
        assertThat(hostd.fixture.machines.alive()).isEmpty();
    }

    @Test
    void reconcilerThatIsStopped_endsAfterItsRound() throws Exception {
        var rounds = new ArrayList<Outcome>();
        reconciler.listen((outcome, _) -> {
            rounds.add(outcome);
            reconciler.wake();
            reconciler.stop();
        });
        reconciler.run();
        assertThat(rounds).containsExactly(new Outcome.Progressing(13));
    }

    @Test
    void holds_surviveARestart() throws Exception {
        var files = new dev.mvm.hostd.registry.MemoryFiles();
        var id = new InstanceId("i-00000001");
        ManualHolds.open(files).hold(id, Instant.ofEpochSecond(1000));
        var again = ManualHolds.open(files);
        assertThat(again.until(id)).contains(Instant.ofEpochSecond(1000));
        assertThat(again.held(Instant.ofEpochSecond(999))).containsExactly(id);
        assertThat(again.held(Instant.ofEpochSecond(1000))).isEmpty();
        files.content.put("manual.json", new byte[] {'{'});
        assertThat(ManualHolds.open(files).next()).isEmpty();
    }
}
