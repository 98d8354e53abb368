package dev.mvm.agentd.reconcile;

import dev.mvm.agentd.execute.Backoff;
import dev.mvm.agentd.execute.Executor;
import dev.mvm.agentd.execute.Outcome;
import dev.mvm.agentd.execute.RoundResult;
import dev.mvm.agentd.plan.DesiredState;
import dev.mvm.agentd.plan.ObservedState;
import dev.mvm.agentd.plan.Plan;
import dev.mvm.agentd.plan.Planner;
import dev.mvm.model.InstanceId;
import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.trust.store.TrustStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// One round at a time: look, plan, carry out. A round begins when something has changed, when something that was
/// left alone may be tried again, and every thirty seconds in any case.
public final class Reconciler implements Runnable {
    private static final Duration PERIOD = Duration.ofSeconds(30);
    private static final Duration BREATH = Duration.ofSeconds(1);

    private final TrustStore trust;
    private final Observed observed;
    private final Policies policies;
    private final BooleanSupplier guestsDown;
    private final Executor executor;
    private final Backoff<InstanceId> backoff;
    private final InstantSource clock;
    private final Consumer<String> log;
    private final ReentrantLock passing = new ReentrantLock();
    private volatile RoundResult last = RoundResult.UNREACHABLE;
    private volatile BiConsumer<Outcome, Duration> rounds = (_, _) -> {};
    private volatile Consumer<Plan> plans = _ -> {};
    private boolean wanted = true;

    /// @param guestsDown whether every guest has to end, whatever is wanted
    public Reconciler(
            TrustStore trust,
            Observed observed,
            Policies policies,
            BooleanSupplier guestsDown,
            Executor executor,
            Backoff<InstanceId> backoff,
            InstantSource clock,
            Consumer<String> log) {
        this.trust = trust;
        this.observed = observed;
        this.policies = policies;
        this.guestsDown = guestsDown;
        this.executor = executor;
        this.backoff = backoff;
        this.clock = clock;
        this.log = log;
    }

    /// Has `listener` told what came of each round and how long it took, on the thread that runs this.
    public void listen(BiConsumer<Outcome, Duration> listener) {
        rounds = listener;
    }

    /// Has `listener` told of each plan before it is carried out, by one thread at a time.
    public void listen(Consumer<Plan> listener) {
        plans = listener;
    }

    /// Asks for another round, soon.
    public synchronized void wake() {
        wanted = true;
        notifyAll();
    }

    @Override
    public void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                await();
                long began = System.nanoTime();
                var outcome = round().outcome();
                rounds.accept(outcome, Duration.ofNanos(System.nanoTime() - began));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// What a round would do now; empty without a state in force or without an observation.
    public Optional<Plan> plan() {
        var installed = trust.installed();
        var seen = observed.latest();
        if (guestsDown.getAsBoolean()) {
            return seen.map(Planner::everythingDown);
        }
        if (installed.isEmpty() || seen.isEmpty()) {
            return Optional.empty();
        }
        boolean behind =
                seen.get().sequence() != installed.get().state().value().sequence();
        if (behind) {
            return Optional.empty(); // hostd has not taken this state yet, and would refuse
        }
        var now = trust.now();
        return Optional.of(Planner.plan(new Planner.Input(
                DesiredState.of(installed.get(), now),
                ObservedState.of(seen.get()),
                policies.at(now, seen.get(), installed.get()),
                FreshIds.beside(seen.get()))));
    }

    /// One round; rounds wait for each other.
    public RoundResult round() throws InterruptedException {
        passing.lockInterruptibly();
        try {
            var plan = plan();
            if (plan.isEmpty()) {
                last = RoundResult.UNREACHABLE;
                return last;
            }
            plans.accept(plan.get());
            var pass = executor.carryOut(plan.get(), pools());
            if (pass.moved()) {
                look();
            }
            tell(last, pass);
            last = pass;
            return pass;
        } finally {
            passing.unlock();
        }
    }

    private void look() {
        try {
            observed.refresh();
        } catch (IOException e) {
            log.accept("hostd: " + e.getMessage());
        }
    }

    /// What came of the last round.
    public RoundResult last() {
        return last;
    }

    private List<PoolAddress> pools() {
        return trust.installed().stream()
                .flatMap(state -> state.state().value().tenants().stream())
                .flatMap(tenant -> tenant.pools().stream().map(pool -> new PoolAddress(tenant.tenant(), pool.pool())))
                .toList();
    }

    /// Says of each pool what stands in its way, when that is something else than before.
    private void tell(RoundResult before, RoundResult now) {
        now.pools().forEach((pool, outcome) -> {
            boolean said = outcome.equals(before.pools().get(pool));
            if (!said && !outcome.why().isEmpty() && !outcome.why().equals(Outcome.BACKING_OFF)) {
                log.accept(pool + ": " + outcome.word() + ", " + outcome.why());
            }
        });
    }

    private synchronized void await() throws InterruptedException {
        var now = clock.instant();
        var end = Stream.of(Optional.of(now.plus(PERIOD)), backoff.next(now), policies.next())
                .flatMap(Optional::stream)
                .min(Instant::compareTo)
                .orElseThrow();
        var soonest = now.plus(BREATH);
        if (end.isBefore(soonest)) {
            end = soonest; // a moment that has passed stays where it is as long as there is nothing to plan with
        }
        while (!wanted) {
            long left = Duration.between(clock.instant(), end).toMillis();
            if (left <= 0) {
                break;
            }
            wait(left);
        }
        wanted = false;
    }
}
