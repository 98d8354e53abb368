package dev.mvm.agentd.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.plan.Plan;
import dev.mvm.agentd.plan.StepReason;
import dev.mvm.agentd.plan.UnmetReason;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class ExecutorTest {
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
    private static final HostReply NO = new HostReply.Refused(new Label("guest_refused"));
    private static final HostReply BROKEN = new HostReply.Failed(new Label("sealer"), 28);

    /// Answers what it is told to, and holds up what it is told to.
    private static final class ScriptedHostd implements Hostd {
        final List<HostOperation> asked = new CopyOnWriteArrayList<>();
        final Map<InstanceId, HostReply> answers = new HashMap<>();
        final AtomicInteger most = new AtomicInteger();
        private final AtomicInteger now = new AtomicInteger();
        boolean gone;
        Runnable during = () -> {};

        @Override
        public HostReply call(HostOperation operation) throws IOException {
            if (gone) {
                throw new IOException("no such socket");
            }
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            try {
                asked.add(operation);
                during.run();
                return operation instanceof HostOperation.OnInstance on
                        ? answers.getOrDefault(on.instance(), new HostReply.Done())
                        : new HostReply.Done();
            } finally {
                now.decrementAndGet();
            }
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

    private final ScriptedHostd hostd = new ScriptedHostd();
    private final InstanceTurns turns = new InstanceTurns();
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final Backoff<InstanceId> backoff = new Backoff<>(new Random(1), Duration.ofMinutes(5));
    private Instant now = NOW;
    private final Executor executor = new Executor(hostd, turns, backoff, 4, () -> now, log::add, Duration.ofHours(1));

    private static InstanceAddress in(String pool, int i) {
        return InstanceAddress.parse(pool + "/" + InstanceId.of(i));
    }

    private static Plan.Step stop(String pool, int i) {
        var operation = new HostOperation.StopInstance(InstanceId.of(i), 0);
        return new Plan.Step(in(pool, i), operation, StepReason.TOO_MANY_RUN, false, true);
    }

    private static Plan.Step start(String pool, int i, boolean needsRoom) {
        var operation = new HostOperation.StartInstance(InstanceId.of(i));
        return new Plan.Step(in(pool, i), operation, StepReason.TOO_FEW_RUN, needsRoom, true);
    }

    @SafeVarargs
    @SuppressWarnings("varargs") // they are only read
    private static Plan plan(List<Plan.Step>... waves) {
        return new Plan(List.of(), Arrays.stream(waves).map(Plan.Wave::new).toList(), List.of());
    }

    private RoundResult carryOut(Plan plan) throws InterruptedException {
        return executor.carryOut(
                plan, Optional.empty(), List.of(PoolAddress.parse("demo/web"), PoolAddress.parse("demo/idle")));
    }

    @Test
    void onlyAFewStepsAreUnderWayAtATime() throws Exception {
        var steps = new ArrayList<Plan.Step>();
        for (int i = 0; i < 12; i++) {
            steps.add(stop("demo/web", i));
        }
        var inside = new Semaphore(0);
        var four = new CountDownLatch(4);
        hostd.during = () -> {
            four.countDown();
            inside.acquireUninterruptibly();
        };
        var pass = CompletableFuture.supplyAsync(() -> {
            try {
                return carryOut(plan(steps));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        four.await();
        inside.release(12);
        assertThat(pass.get().outcome()).isEqualTo(new Outcome.Progressing(12));
        assertThat(hostd.most).hasValue(4);
    }

    @Test
    void whatFails_stopsNeitherItsPoolNorOthers_andEachOutcomeIsTyped() throws Exception {
        hostd.answers.put(InstanceId.of(1), NO);
        hostd.answers.put(InstanceId.of(2), BROKEN);
        var pass = carryOut(plan(
                List.of(stop("demo/web", 1), stop("demo/web", 2), stop("demo/web", 3), stop("other/web", 4)),
                List.of(start("other/web", 5, true))));
        assertThat(pass.instances())
                .containsEntry(in("demo/web", 1), new Outcome.Rejected("guest_refused"))
                .containsEntry(in("demo/web", 2), new Outcome.Blocked("failed_sealer_28"))
                .containsEntry(in("demo/web", 3), new Outcome.Progressing(1))
                .containsEntry(in("other/web", 5), new Outcome.Progressing(1));
        assertThat(pass.pools())
                .containsEntry(PoolAddress.parse("demo/web"), new Outcome.Rejected("guest_refused"))
                .containsEntry(PoolAddress.parse("demo/idle"), new Outcome.Converged())
                .containsEntry(PoolAddress.parse("other/web"), new Outcome.Progressing(2));
        assertThat(pass.reason(in("demo/web", 2))).contains("failed_sealer_28");
        assertThat(pass.reason(in("demo/web", 3))).isEmpty();
    }

    @Test
    void whatWasToHaveTheRoomOfOneThatDidNotGo_waits_andIsNotTriedInVain() throws Exception {
        hostd.answers.put(InstanceId.of(1), NO);
        var pass = carryOut(plan(
                List.of(stop("demo/web", 1), start("demo/web", 2, false)),
                List.of(start("demo/web", 3, true), start("demo/web", 4, false))));
        assertThat(pass.instances())
                .containsEntry(in("demo/web", 3), new Outcome.Blocked(Outcome.WAITING))
                .containsEntry(in("demo/web", 4), new Outcome.Progressing(1));
        assertThat(hostd.asked).noneMatch(new HostOperation.StartInstance(InstanceId.of(3))::equals);
        assertThat(backoff.ready(InstanceId.of(3), now)).isTrue();
    }

    @Test
    void chainThatFails_isNotGoneOnWith_andRestsForAWhile() throws Exception {
        var attach = new Plan.Step(
                in("demo/web", 1),
                new HostOperation.AttachDrives(InstanceId.of(1)),
                StepReason.TOO_FEW_RUN,
                false,
                false);
        var chain = plan(List.of(attach), List.of(start("demo/web", 1, false)));
        hostd.answers.put(InstanceId.of(1), NO);
        assertThat(carryOut(chain).outcome()).isEqualTo(new Outcome.Rejected("guest_refused"));
        assertThat(hostd.asked).containsExactly(attach.operation());
        hostd.answers.clear();
        assertThat(carryOut(chain).outcome()).isEqualTo(new Outcome.Blocked(Outcome.BACKING_OFF));
        now = now.plusSeconds(2);
        assertThat(carryOut(chain).outcome()).as("both steps").isEqualTo(new Outcome.Progressing(2));
    }

    @Test
    void instanceThatAnOperatorIsAtWorkOn_isLeftToIt() throws Exception {
        try (var _ = turns.take(InstanceId.of(1))) {
            assertThat(carryOut(plan(List.of(stop("demo/web", 1)))).outcome())
                    .isEqualTo(new Outcome.Blocked(Outcome.BUSY));
        }
        assertThat(hostd.asked).isEmpty();
        assertThat(carryOut(plan(List.of(stop("demo/web", 1)))).outcome()).isEqualTo(new Outcome.Progressing(1));
    }

    @Test
    void shortfalls_blockTheirPool_andAHostdThatIsGoneBlocksAll() throws Exception {
        var web = PoolAddress.parse("demo/web");
        var lacking = new Plan(List.of(), List.of(), List.of(new Plan.Shortfall(web, UnmetReason.MAX_RUNNING, 2)));
        assertThat(carryOut(lacking).pools()).containsEntry(web, new Outcome.Blocked("max_running"));
        hostd.gone = true;
        var pass = carryOut(plan(List.of(stop("demo/web", 1))));
        assertThat(pass.lost()).isTrue();
        assertThat(pass.outcome()).isEqualTo(new Outcome.Blocked("hostd_unreachable"));
        var network = new Plan(List.of(new HostOperation.SetupNetwork(new NetId(1))), List.of(), List.of());
        assertThat(carryOut(network).lost()).isTrue();
    }

    @Test
    void outcomesTogether_areTheWorst() {
        assertThat(new Outcome.Converged().and(new Outcome.Progressing(2))).isEqualTo(new Outcome.Progressing(2));
        assertThat(new Outcome.Blocked("a").and(new Outcome.Progressing(2))).isEqualTo(new Outcome.Blocked("a"));
        assertThat(new Outcome.Blocked("a").and(new Outcome.Rejected("b"))).isEqualTo(new Outcome.Rejected("b"));
        assertThat(new Outcome.Rejected("b").and(new Outcome.Converged()).word())
                .isEqualTo("rejected");
    }
}
