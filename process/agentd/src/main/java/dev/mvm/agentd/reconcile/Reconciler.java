package dev.mvm.agentd.reconcile;

import dev.mvm.agentd.execute.Executor;
import dev.mvm.agentd.execute.Outcome;
import dev.mvm.agentd.execute.RoundResult;
import dev.mvm.agentd.plan.DesiredState;
import dev.mvm.agentd.plan.ObservedState;
import dev.mvm.agentd.plan.Plan;
import dev.mvm.agentd.plan.Planner;
import dev.mvm.model.Digest;
import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.hostd.Observation;
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

/// Reconciles in rounds, one at a time: observe, plan, carry out. A round begins when something has changed, when a
/// pause after a failure has ended, and every thirty seconds in any case. It ends after a few seconds, even if steps
/// have not; their tenant has its next round when they have.
public final class Reconciler implements Runnable {
    private static final Duration PERIOD = Duration.ofSeconds(30);
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    private final TrustStore trust;
    private final Observed observed;
    private final Policies policies;
    private final BooleanSupplier guestsDown;
    private final Executor executor;
    private final InstantSource clock;
    private final Consumer<String> log;
    private final PlanHashes hashes;
    private final ReentrantLock turn = new ReentrantLock();
    private volatile RoundResult last = RoundResult.UNREACHABLE;
    private volatile BiConsumer<Outcome, Duration> rounds = (_, _) -> {};
    private volatile Consumer<Plan> plans = _ -> {};
    private boolean woken = true;
    private boolean stopped;

    /// @param guestsDown returns whether every guest has to end, against the desired state
    public Reconciler(
            TrustStore trust,
            Observed observed,
            Policies policies,
            BooleanSupplier guestsDown,
            Executor executor,
            InstantSource clock,
            Consumer<String> log) {
        this.trust = trust;
        this.observed = observed;
        this.policies = policies;
        this.guestsDown = guestsDown;
        this.executor = executor;
        this.clock = clock;
        this.log = log;
        this.hashes = new PlanHashes("reconcile", clock);
        executor.listen(this::look, this::wake);
    }

    /// Calls `listener` with the outcome and duration of each round, on the thread that runs this.
    public void listen(BiConsumer<Outcome, Duration> listener) {
        rounds = listener;
    }

    /// Calls `listener` with each plan before it is carried out, on one thread at a time.
    public void listen(Consumer<Plan> listener) {
        plans = listener;
    }

    /// Asks for another round as soon as possible.
    public synchronized void wake() {
        woken = true;
        notifyAll();
    }

    /// Ends [#run] after the round that is under way.
    public synchronized void stop() {
        stopped = true;
        notifyAll();
    }

    @Override
    public void run() {
        try {
            while (await()) {
                long began = System.nanoTime();
                var outcome = round().outcome();
                rounds.accept(outcome, Duration.ofNanos(System.nanoTime() - began));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// The plan of a round that began now; empty without a state in force or without an observation of hostd with
    /// it.
    public Optional<Plan> plan() {
        return make().map(Made::plan);
    }

    /// The plan of a round, which leaves alone the tenants whose steps of earlier rounds are under way.
    private Optional<Made> make() {
        var underWay = executor.underWay(); // first: the observation is later than the steps of all others
        return makeOfAll().map(made -> new Made(made.plan.beside(underWay), made.state, made.observed));
    }

    /// A plan and what it was made of.
    private record Made(Plan plan, Optional<Digest> state, Observation observed) {}

    private Optional<Made> makeOfAll() {
        var installed = trust.installed();
        var latest = observed.latest();
        if (guestsDown.getAsBoolean()) {
            return latest.map(seen -> new Made(Planner.everythingDown(seen), Optional.empty(), seen));
        }
        if (installed.isEmpty() || latest.isEmpty()) {
            return Optional.empty();
        }
        boolean behind =
                latest.get().sequence() != installed.get().state().value().sequence();
        if (behind) {
            return Optional.empty(); // hostd has not installed this state yet, and would refuse
        }
        var now = trust.now();
        var plan = Planner.plan(new Planner.Input(
                DesiredState.of(installed.get(), now),
                ObservedState.of(latest.get()),
                policies.at(now, latest.get(), installed.get()),
                FreshIds.beside(latest.get())));
        return Optional.of(new Made(plan, installed.map(state -> state.state().digest()), latest.get()));
    }

    /// Makes one round; rounds wait for each other, and end in bounded time.
    public RoundResult round() throws InterruptedException {
        turn.lockInterruptibly();
        try {
            var made = make();
            if (made.isEmpty()) {
                last = RoundResult.UNREACHABLE;
                return last;
            }
            var plan = made.get().plan();
            plans.accept(plan);
            var round = executor.carryOut(plan, made.flatMap(this::hash), pools());
            if (round.moved()) {
                look();
            }
            logReasons(last, round);
            last = round;
            return round;
        } finally {
            turn.unlock();
        }
    }

    /// The hash of a plan that has steps.
    private Optional<Digest> hash(Made made) {
        return made.plan().isEmpty()
                ? Optional.empty()
                : Optional.of(hashes.of(made.state(), made.observed(), PlanHashes.operations(made.plan())));
    }

    private void look() {
        try {
            observed.refresh();
        } catch (IOException e) {
            log.accept("hostd: " + e.getMessage());
        }
    }

    /// Result of the last round.
    public RoundResult last() {
        return last;
    }

    private List<PoolAddress> pools() {
        return trust.installed().stream()
                .flatMap(state -> state.state().value().tenants().stream())
                .flatMap(tenant -> tenant.pools().stream().map(pool -> new PoolAddress(tenant.tenant(), pool.pool())))
                .toList();
    }

    /// Logs for each pool the reason for which it has not converged, if the reason is another one than before.
    private void logReasons(RoundResult before, RoundResult now) {
        now.pools().forEach((pool, outcome) -> {
            boolean known = outcome.equals(before.pools().get(pool));
            if (!known && !outcome.reason().isEmpty() && !outcome.reason().equals(Outcome.BACKING_OFF)) {
                log.accept(pool + ": " + outcome.word() + ", " + outcome.reason());
            }
        });
    }

    /// Waits until the next round is due.
    ///
    /// @return false if there shall be no further round
    private synchronized boolean await() throws InterruptedException {
        var now = clock.instant();
        var end = Stream.of(Optional.of(now.plus(PERIOD)), executor.nextTry(now), policies.next())
                .flatMap(Optional::stream)
                .min(Instant::compareTo)
                .orElseThrow();
        var soonest = now.plus(SHORTEST);
        if (end.isBefore(soonest)) {
            end = soonest; // a moment stays in the past as long as there is no observation to plan with
        }
        while (!woken && !stopped) {
            long left = Duration.between(clock.instant(), end).toMillis();
            if (left <= 0) {
                break;
            }
            wait(left);
        }
        woken = false;
        return !stopped;
    }
}
