package dev.mvm.agentd.execute;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.plan.Plan;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.client.ReplyCode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/// Carries plans out. Each tenant's waves follow one another, and do not wait for those of other tenants; a few
/// steps run at a time, one on each instance. A step that fails is not tried again for a while, nor are the steps
/// that depend on it; the others go on.
///
/// Steps that hang, which the readers of a tenant can bring about, hold up their tenant and nobody else: a round ends
/// without them, later rounds leave their tenant alone until they have ended, and each tenant has a place for a step
/// that others cannot take ([Places]).
public final class Executor {
    /// Longest wait of a round for the steps that it has begun. Most have ended by then.
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Hostd hostd;
    private final InstanceTurns turns;
    private final Backoff<InstanceId> backoff;
    private final Places places;
    private final InstantSource clock;
    private final Consumer<String> log;
    private final TenantRuns runs;

    /// @param parallel most steps of one tenant at a time; all but one of them are shared with other tenants
    public Executor(
            Hostd hostd,
            InstanceTurns turns,
            Backoff<InstanceId> backoff,
            int parallel,
            InstantSource clock,
            Consumer<String> log) {
        this(hostd, turns, backoff, parallel, clock, log, PATIENCE);
    }

    /// @param patience longest wait of a round for the steps that it has begun
    public Executor(
            Hostd hostd,
            InstanceTurns turns,
            Backoff<InstanceId> backoff,
            int parallel,
            InstantSource clock,
            Consumer<String> log,
            Duration patience) {
        this.hostd = hostd;
        this.turns = turns;
        this.backoff = backoff;
        this.places = new Places(parallel);
        this.clock = clock;
        this.log = log;
        this.runs = new TenantRuns(patience, log);
    }

    /// Calls `observe` when steps that a round did not wait for have ended, before their tenant may be planned for
    /// again, and `wake` after that.
    public void listen(Runnable observe, Runnable wake) {
        runs.listen(new TenantRuns.Listener(observe, wake));
    }

    /// The tenants whose steps of earlier rounds have not ended, each with the shortfalls of its plan then. A tenant
    /// that is not among them may be planned for with an observation that begins after this.
    public Map<TenantId, List<Plan.Shortfall>> underWay() {
        return runs.underWay();
    }

    /// Carries `plan` out, one plan at a time. Steps that take long go on after the result, in which they are
    /// [Outcome#UNDER_WAY].
    ///
    /// @param plan without steps of tenants that are under way
    /// @param hash of the plan; empty only for one without steps
    /// @param known the pools that the state names
    public RoundResult carryOut(Plan plan, Optional<Digest> hash, Collection<PoolAddress> known)
            throws InterruptedException {
        var client = hash.map(hostd::under).orElse(hostd);
        var steps = new ArrayList<>(runs.steps());
        var tenants = tenants(plan);
        boolean lost = false;
        try {
            for (var network : plan.networks()) {
                network(client, network);
            }
            tenants.forEach((tenant, its) -> {
                steps.add(its);
                runs.begin(tenant, its, plan.shortfalls(tenant), () -> waves(client, its));
            });
            lost = !runs.await(tenants.keySet());
        } catch (IOException e) {
            log.accept("hostd: " + e.getMessage());
            lost = true;
        }
        var outcomes = new LinkedHashMap<InstanceAddress, Outcome>();
        steps.forEach(its -> outcomes.putAll(its.outcomes()));
        return RoundResult.of(known, plan, outcomes, lost);
    }

    private static Map<TenantId, TenantSteps> tenants(Plan plan) {
        var out = new LinkedHashMap<TenantId, TenantSteps>();
        for (int wave = 0; wave < plan.waves().size(); wave++) {
            for (var step : plan.waves().get(wave).steps()) {
                out.computeIfAbsent(step.instance().tenant(), _ -> new TenantSteps())
                        .add(wave, step);
            }
        }
        return out;
    }

    private void network(Hostd client, HostOperation.SetupNetwork operation) throws IOException {
        var reply = client.call(operation);
        if (!(reply instanceof HostReply.Done)) {
            log.accept("network " + operation.net() + ": " + ReplyCode.of(reply));
        }
    }

    private void waves(Hostd client, TenantSteps steps) throws IOException, InterruptedException {
        for (var wave : steps.waves()) {
            wave(client, steps, wave);
        }
    }

    private void wave(Hostd client, TenantSteps steps, List<Plan.Step> wave) throws IOException, InterruptedException {
        var running = new ArrayList<Future<?>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var step : wave) {
                if (steps.mayTry(step)) {
                    boolean first = steps.isFirst(step);
                    running.add(threads.submit(() -> {
                        steps.note(step, tried(client, step, first));
                        return null;
                    }));
                }
            }
        }
        for (var one : running) {
            TenantRuns.result(one);
        }
    }

    /// @param first whether it is the instance's first step: a chain that has begun goes on without a pause
    private Outcome tried(Hostd client, Plan.Step step, boolean first) throws IOException, InterruptedException {
        var id = step.instance().instance();
        if (turns.taken(id)) {
            return new Outcome.Blocked(Outcome.BUSY);
        }
        var tenant = step.instance().tenant();
        places.take(tenant);
        try {
            var turn = turns.tryTake(id); // a verb's turn may last, and would cost the place
            if (turn.isEmpty()) {
                return new Outcome.Blocked(Outcome.BUSY);
            }
            try (var _ = turn.get()) {
                return inTurn(client, step, first);
            }
        } finally {
            places.giveBack(tenant);
        }
    }

    private Outcome inTurn(Hostd client, Plan.Step step, boolean first) throws IOException {
        var id = step.instance().instance();
        if (first && !backoff.ready(id, clock.instant())) {
            return new Outcome.Blocked(Outcome.BACKING_OFF);
        }
        var reply = client.call(step.operation());
        if (reply instanceof HostReply.Done || reply instanceof HostReply.Ended) {
            worked(step);
            return new Outcome.Progressing(1);
        }
        backoff.failed(id, clock.instant());
        log.accept(step.instance() + ": " + step.reason().words() + ", but " + word(step.operation()) + ": "
                + ReplyCode.of(reply));
        return reply instanceof HostReply.Refused
                ? new Outcome.Rejected(ReplyCode.of(reply))
                : new Outcome.Blocked(ReplyCode.of(reply));
    }

    /// An instance that is brought up again and again is brought up later each time.
    private void worked(Plan.Step step) {
        var id = step.instance().instance();
        if (bringsUp(step.operation())) {
            backoff.attempted(id, clock.instant());
        } else if (step.last() && !(step.operation() instanceof HostOperation.PauseInstance)) {
            backoff.worked(id);
        }
        log.accept(step.instance() + ": " + step.reason().words() + ": " + word(step.operation()));
    }

    /// The next moment after `now` at which an instance that has failed may be tried again.
    public Optional<Instant> nextTry(Instant now) {
        return backoff.next(now);
    }

    /// Number of chains whose next step waits for a place.
    public int waiting() {
        return places.waiting();
    }

    /// Returns whether `step` brings an instance up, which may not last.
    private static boolean bringsUp(HostOperation step) {
        return step instanceof HostOperation.StartInstance || step instanceof HostOperation.WakeInstance;
    }

    /// Name of an operation in plans and log lines.
    public static String word(HostOperation step) {
        return switch (step) {
            case HostOperation.CreateInstance _ -> "create";
            case HostOperation.AttachDrives _ -> "attach";
            case HostOperation.StartInstance _ -> "start";
            case HostOperation.StopInstance _ -> "stop";
            case HostOperation.PauseInstance _ -> "pause";
            case HostOperation.ResumeInstance _ -> "resume";
            case HostOperation.SleepInstance _ -> "sleep";
            case HostOperation.WakeInstance _ -> "wake";
            case HostOperation.DestroyInstance _ -> "destroy";
            case HostOperation.SetupNetwork _ -> "network";
            case HostOperation.Install _,
                    HostOperation.VerifyNetworks _,
                    HostOperation.Observe _,
                    HostOperation.GuestPing _,
                    HostOperation.HandOver _ -> "ask";
        };
    }
}
