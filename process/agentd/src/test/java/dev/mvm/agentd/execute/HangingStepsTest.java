package dev.mvm.agentd.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.plan.Plan;
import dev.mvm.agentd.plan.StepReason;
import dev.mvm.agentd.plan.UnmetReason;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Tenants whose readers are silent, so that hostd does not answer for half an hour, beside one whose are honest. No
/// round waits here, so that what a round would wait for is late at once.
final class HangingStepsTest {
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
    private static final int PARALLEL = 4;
    private static final TenantId DEMO = new TenantId("demo");
    private static final int HANGING = 1_000;

    /// Answers for instances below [#HANGING]; for others when the test ends.
    private static final class SilentHostd implements Hostd {
        final List<InstanceId> asked = new CopyOnWriteArrayList<>();
        final CountDownLatch end = new CountDownLatch(1);
        final Semaphore hanging = new Semaphore(0);
        final AtomicInteger inside = new AtomicInteger();
        Optional<Error> fault = Optional.empty();

        @Override
        public HostReply call(HostOperation operation) throws IOException {
            var id = ((HostOperation.OnInstance) operation).instance();
            asked.add(id);
            if (id.compareTo(InstanceId.of(HANGING)) >= 0) {
                inside.incrementAndGet();
                hanging.release();
                try {
                    end.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                if (fault.isPresent()) {
                    throw fault.get();
                }
            }
            return new HostReply.Done();
        }

        @Override
        public Hostd under(Digest plan) {
            return this;
        }

        @Override
        public Logs logs(InstanceId instance, boolean follow) {
            throw new AssertionError("no logs are asked for");
        }

        @Override
        public Exec exec(InstanceId instance, ExecRequest request) {
            throw new AssertionError("not asked for");
        }
    }

    private final SilentHostd hostd = new SilentHostd();
    private final InstanceTurns turns = new InstanceTurns();
    private final Backoff<InstanceId> backoff = new Backoff<>(new Random(1), Duration.ofMinutes(5));
    private final Executor executor = new Executor(hostd, turns, backoff, PARALLEL, () -> NOW, _ -> {}, Duration.ZERO);

    @AfterEach
    void end() {
        hostd.end.countDown();
    }

    private static Plan.Step stop(String pool, int i) {
        var address = InstanceAddress.parse(pool + "/" + InstanceId.of(i));
        var operation = new HostOperation.StopInstance(address.instance(), 0);
        return new Plan.Step(address, operation, StepReason.TOO_MANY_RUN, false, true);
    }

    private static Plan plan(List<Plan.Shortfall> shortfalls, Plan.Step... steps) {
        return new Plan(List.of(), List.of(new Plan.Wave(Arrays.asList(steps))), shortfalls);
    }

    /// A round as the reconciler has it.
    private RoundResult round(Plan plan) throws InterruptedException {
        return executor.carryOut(plan.beside(executor.underWay()), Optional.empty(), List.of());
    }

    private void awaitEnd(TenantId tenant) {
        while (executor.underWay().containsKey(tenant)) {
            Thread.onSpinWait();
        }
    }

    @Test
    @Tag("claim-G3")
    void tenantThatHangs_holdsUpNoOther_andIsLeftAloneUntilItHasEnded() throws Exception {
        var woken = new Semaphore(0);
        var order = new CopyOnWriteArrayList<String>();
        var rival = new TenantId("rival");
        executor.listen(
                () -> order.add(executor.underWay().containsKey(rival) ? "observed before" : "too late"),
                () -> woken.release(executor.underWay().containsKey(rival) ? 0 : 1));
        var web = PoolAddress.parse("rival/web");
        var lacking = List.of(new Plan.Shortfall(web, UnmetReason.MAX_RUNNING, 1));
        assertThat(round(plan(lacking, stop("rival/api", HANGING), stop("demo/web", 1)))
                        .pools())
                .containsEntry(PoolAddress.parse("rival/api"), new Outcome.Blocked("under_way"))
                .containsEntry(web, new Outcome.Blocked("max_running"));
        hostd.hanging.acquire();
        for (int i = 2; i < 5; i++) {
            awaitEnd(DEMO);
            var again = round(plan(List.of(), stop("rival/api", HANGING), stop("rival/api", 900), stop("demo/web", i)));
            assertThat(again.reason(stop("rival/api", HANGING).instance())).contains("under_way");
            assertThat(again.pools())
                    .as("the shortfall is not over, only because its tenant hangs")
                    .containsEntry(web, new Outcome.Blocked("max_running"));
        }
        awaitEnd(DEMO);
        assertThat(hostd.asked)
                .containsExactlyInAnyOrder(
                        InstanceId.of(HANGING), InstanceId.of(1), InstanceId.of(2), InstanceId.of(3), InstanceId.of(4));
        order.clear();
        hostd.end.countDown();
        woken.acquire();
        assertThat(order).containsExactly("observed before");
        assertThat(executor.underWay()).isEmpty();
        round(plan(List.of(), stop("rival/api", 900)));
        awaitEnd(rival);
        assertThat(hostd.asked).contains(InstanceId.of(900));
    }

    @Test
    @Tag("claim-G3")
    void manyTenantsThatHangWithAllTheyHave_takeNoPlaceOfAnother() throws Exception {
        int tenants = 12;
        var all = new ArrayList<Plan.Step>();
        for (int i = 0; i < tenants * 10; i++) {
            all.add(stop("t" + i % tenants + "/web", HANGING + i));
        }
        round(plan(List.of(), all.toArray(Plan.Step[]::new)));
        hostd.hanging.acquire(tenants + PARALLEL - 1); // all places that they can have
        for (int i = 1; i < 4; i++) {
            awaitEnd(DEMO);
            round(plan(List.of(), stop("demo/web", i), stop("demo/web", i + 100)));
        }
        awaitEnd(DEMO);
        assertThat(hostd.asked)
                .contains(InstanceId.of(1), InstanceId.of(103), InstanceId.of(3))
                .hasSize(6 + tenants + PARALLEL - 1);
        assertThat(hostd.inside).hasValue(tenants + PARALLEL - 1);
        while (executor.waiting() != all.size() - tenants - PARALLEL + 1) {
            Thread.onSpinWait(); // the others wait, each for a place of its own tenant
        }
    }

    @Test
    void stepBehindAVerb_waitsForNoTurn_andHoldsNoPlace() throws Exception {
        try (var _ = turns.take(InstanceId.of(1))) {
            round(plan(List.of(), stop("demo/web", 1)));
            awaitEnd(DEMO);
            assertThat(executor.waiting()).isZero();
            assertThat(hostd.asked).isEmpty();
        }
    }

    @Test
    void faultOfLateSteps_isNotLost() throws Exception {
        hostd.fault = Optional.of(new AssertionError("as if memory were short"));
        round(plan(List.of(), stop("demo/web", HANGING)));
        hostd.hanging.acquire();
        hostd.end.countDown();
        awaitEnd(DEMO);
        assertThatThrownBy(() -> round(Plan.NOTHING)).isInstanceOf(IllegalStateException.class);
    }
}
