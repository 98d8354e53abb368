package dev.mvm.agentd.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.execute.Backoff;
import dev.mvm.agentd.execute.Executor;
import dev.mvm.agentd.execute.InstanceTurns;
import dev.mvm.agentd.execute.Outcome;
import dev.mvm.agentd.hostd.FakeHostd;
import dev.mvm.agentd.idle.IdleFile;
import dev.mvm.agentd.idle.IdleSettings;
import dev.mvm.agentd.idle.IdleTracker;
import dev.mvm.agentd.plan.Plan;
import dev.mvm.agentd.plan.Policy;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.MemoryFiles;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceState;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.trust.Ceremony;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Rounds for two tenants, while hostd does not answer for one of them. A round waits for nobody here.
final class HangingTenantTest {
    private final FakeHostd hostd = new FakeHostd();
    private final HostFixture fixture = hostd.fixture;
    private final CountDownLatch end = new CountDownLatch(1);
    private final List<Plan> plans = Collections.synchronizedList(new ArrayList<>());
    private Observed observed;
    private Executor executor;
    private Reconciler reconciler;

    @BeforeEach
    void build() throws Exception {
        var other = fixture.ceremony.verified(Ceremony.grant(Ceremony.SECOND, 1));
        fixture.done(new HostOperation.InstallGrant(fixture.grant.envelope()));
        fixture.done(new HostOperation.InstallGrant(other.envelope()));
        var both = Ceremony.state(List.of(fixture.grant, other), new Counts(1, 0, 0));
        fixture.done(fixture.install(fixture.ceremony.signed(both)));
        observed = new Observed(hostd, _ -> {});
        executor = new Executor(
                hostd,
                new InstanceTurns(),
                new Backoff<>(new Random(1), Duration.ofMinutes(5)),
                4,
                () -> fixture.now,
                _ -> {},
                Duration.ZERO);
        var idle = IdleTracker.open(IdleSettings.OFF, new IdleFile(new MemoryFiles()), OptionalInt::empty, _ -> {});
        reconciler = new Reconciler(
                fixture.trust,
                observed,
                new Policies(ManualHolds.open(new MemoryFiles()), idle, IdleSettings.OFF, Policy.Prune.NOTHING),
                () -> false,
                executor,
                () -> fixture.now,
                _ -> {});
        reconciler.listen((Plan plan) -> plans.add(plan));
        observed.refresh();
        hostd.before = operation -> {
            if (operation instanceof HostOperation.CreateInstance create
                    && create.address().tenant().equals(Ceremony.SECOND)) {
                await(end);
            }
        };
    }

    @AfterEach
    void end() {
        end.countDown();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void awaitEnd(TenantId tenant) {
        while (executor.underWay().containsKey(tenant)) {
            Thread.onSpinWait();
        }
    }

    private List<InstanceState> states(TenantId tenant) {
        return fixture.registry.all().stream()
                .filter(record -> record.address().tenant().equals(tenant))
                .map(InstanceRecord::state)
                .toList();
    }

    private InstanceAddress first() {
        return fixture.registry.all().stream()
                .map(InstanceRecord::address)
                .filter(address -> address.tenant().equals(Ceremony.DEMO))
                .findFirst()
                .orElseThrow();
    }

    @Test
    @Tag("claim-G3")
    void otherTenants_haveTheirNextRounds_plannedByWhatIsObserved() throws Exception {
        reconciler.round();
        awaitEnd(Ceremony.DEMO);
        assertThat(states(Ceremony.DEMO)).containsExactly(InstanceState.RUNNING);
        for (int i = 0; i < 3; i++) {
            fixture.machines.die(first().instance());
            fixture.host.ended(first().instance());
            fixture.now = fixture.now.plus(Duration.ofMinutes(6));
            observed.refresh();
            var round = reconciler.round();
            assertThat(round.lost()).isFalse();
            assertThat(round.pools().values()).contains(new Outcome.Blocked("under_way"));
            assertThat(reconciler.plan().orElseThrow().steps())
                    .as("of no plan that is asked for, either")
                    .noneMatch(step -> step.instance().tenant().equals(Ceremony.SECOND));
            awaitEnd(Ceremony.DEMO);
            assertThat(states(Ceremony.DEMO)).containsExactly(InstanceState.RUNNING);
        }
        assertThat(states(Ceremony.SECOND)).isEmpty();
        assertThat(plans.subList(1, plans.size()))
                .as("the plans name what is done by them, no more")
                .allSatisfy(plan ->
                        assertThat(plan.steps()).extracting(Plan.Step::instance).containsOnly(first()));
        end.countDown();
        awaitEnd(Ceremony.SECOND);
        assertThat(states(Ceremony.SECOND)).containsExactly(InstanceState.RUNNING);
        assertThat(reconciler.round().outcome())
                .as("each has what it wants, once")
                .isEqualTo(new Outcome.Converged());
    }
}
