package dev.mvm.agentd.execute;

import dev.mvm.agentd.plan.Plan;
import dev.mvm.model.TenantId;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// The tenants whose steps are carried out, each on a thread of its own. A round waits a while for those that it has
/// begun; the steps of a tenant that take longer are late, and the tenant stays under way until they have ended.
/// Thread-safe.
final class TenantRuns {
    /// Called when late steps have ended.
    ///
    /// @param observe run before their tenant may be planned for again: no plan is made with what was before
    /// @param wake run after that
    record Listener(Runnable observe, Runnable wake) {
        static final Listener NONE = new Listener(() -> {}, () -> {});
    }

    /// Carries steps out.
    @FunctionalInterface
    interface Work {
        void carryOut() throws IOException, InterruptedException;
    }

    /// @param shortfalls of the tenant, in the plan that the steps are of
    private record Run(TenantId tenant, TenantSteps steps, List<Plan.Shortfall> shortfalls, FutureTask<Void> task) {}

    private final Duration patience;
    private final Consumer<String> log;
    private final ConcurrentMap<TenantId, Run> runs = new ConcurrentHashMap<>();
    private volatile Listener listener = Listener.NONE;
    private volatile Optional<IllegalStateException> broken = Optional.empty();

    /// @param patience longest wait of a round
    TenantRuns(Duration patience, Consumer<String> log) {
        this.patience = patience;
        this.log = log;
    }

    void listen(Listener to) {
        listener = to;
    }

    /// The tenants under way, each with the shortfalls of its plan.
    Map<TenantId, List<Plan.Shortfall>> underWay() {
        return runs.values().stream().collect(Collectors.toUnmodifiableMap(Run::tenant, Run::shortfalls));
    }

    /// The steps of the tenants under way.
    List<TenantSteps> steps() {
        return runs.values().stream().map(Run::steps).toList();
    }

    /// Begins the steps of a tenant that is not under way.
    ///
    /// @param work carries the steps out
    void begin(TenantId tenant, TenantSteps steps, List<Plan.Shortfall> shortfalls, Work work) {
        var task = new FutureTask<Void>(() -> {
            try {
                work.carryOut();
            } finally {
                steps.end();
            }
            return null;
        });
        if (runs.putIfAbsent(tenant, new Run(tenant, steps, shortfalls, task)) != null) {
            throw new IllegalStateException(tenant + " is under way");
        }
        Thread.ofVirtual().name("steps of " + tenant).start(task);
    }

    /// Waits for the steps that were begun for `tenants`. Those that have not ended by then are late.
    ///
    /// @return whether hostd could be reached in all that have ended
    /// @throws IllegalStateException if steps, of this round or late ones, have failed in a way that nobody expects
    boolean await(Collection<TenantId> tenants) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        boolean reached = true;
        for (var tenant : tenants) {
            var run = Objects.requireNonNull(runs.get(tenant), "not begun");
            try {
                run.task.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                runs.remove(tenant);
            } catch (TimeoutException e) {
                Thread.ofVirtual().name("late steps of " + tenant).start(() -> late(run));
            } catch (ExecutionException e) {
                runs.remove(tenant);
                reached &= reached(run);
            }
        }
        var failure = broken;
        if (failure.isPresent()) {
            throw failure.get();
        }
        return reached;
    }

    /// Waits for the end of a run, and notes a failure that nobody expects.
    ///
    /// @return whether hostd could be reached
    private boolean reached(Run run) throws InterruptedException {
        try {
            result(run.task);
            return true;
        } catch (IOException e) {
            log.accept("hostd: " + e.getMessage());
            return false;
        } catch (IllegalStateException e) {
            broken = Optional.of(e);
            return true;
        }
    }

    private void late(Run run) {
        try {
            var _ = reached(run);
            var told = listener;
            try {
                told.observe().run();
            } finally {
                runs.remove(run.tenant); // whatever becomes of the observation, or the tenant would wait for ever
            }
            told.wake().run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody does that
        }
    }

    /// Waits for the end of `one`.
    ///
    /// @throws IOException if hostd could not be reached in it
    /// @throws IllegalStateException if it failed in a way that nobody expects
    static void result(Future<?> one) throws IOException, InterruptedException {
        try {
            one.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException unreachable -> throw unreachable;
                case InterruptedException interrupted -> throw interrupted;
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        }
    }
}
