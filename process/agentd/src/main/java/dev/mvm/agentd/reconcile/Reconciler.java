package dev.mvm.agentd.reconcile;

import dev.mvm.agentd.execute.Backoff;
import dev.mvm.agentd.execute.Executor;
import dev.mvm.agentd.execute.Outcome;
import dev.mvm.agentd.plan.Plan;
import dev.mvm.agentd.plan.Planner;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.trust.store.TrustStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// One round at a time: look, plan, carry out. A round begins when something has changed, when something that was
/// left alone may be tried again, and every thirty seconds in any case.
public final class Reconciler implements Runnable {
    private static final Duration PERIOD = Duration.ofSeconds(30);

    private final TrustStore trust;
    private final Observed observed;
    private final ManualHolds holds;
    private final BooleanSupplier guestsDown;
    private final Executor executor;
    private final Backoff<InstanceId> backoff;
    private final InstantSource clock;
    private final Consumer<String> log;
    private volatile BiConsumer<Outcome, Duration> rounds = (_, _) -> {};
    private boolean wanted = true;

    /// @param guestsDown whether every guest has to end, whatever is wanted
    public Reconciler(
            TrustStore trust,
            Observed observed,
            ManualHolds holds,
            BooleanSupplier guestsDown,
            Executor executor,
            Backoff<InstanceId> backoff,
            InstantSource clock,
            Consumer<String> log) {
        this.trust = trust;
        this.observed = observed;
        this.holds = holds;
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
                var outcome = round();
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
        int pools = installed.get().state().value().tenants().stream()
                .mapToInt(tenant -> tenant.pools().size())
                .sum();
        return Optional.of(Planner.plan(new Planner.Input(
                installed.get(), seen.get(), holds.held(now), now, FreshIds.beside(seen.get(), pools))));
    }

    /// One round.
    public Outcome round() throws InterruptedException {
        var plan = plan();
        if (plan.isEmpty()) {
            return new Outcome.Unreachable();
        }
        var outcome = executor.carryOut(plan.get());
        if (outcome instanceof Outcome.Progressed) {
            try {
                observed.refresh();
            } catch (IOException e) {
                log.accept("hostd: " + e.getMessage());
            }
        }
        return outcome;
    }

    private synchronized void await() throws InterruptedException {
        var now = clock.instant();
        var end = Stream.of(Optional.of(now.plus(PERIOD)), backoff.next(now), holds.next())
                .flatMap(Optional::stream)
                .min(Instant::compareTo)
                .orElseThrow();
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
