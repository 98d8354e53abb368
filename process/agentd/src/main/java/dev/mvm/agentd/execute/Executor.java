package dev.mvm.agentd.execute;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.plan.Plan;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/// Carries plans out. Each tenant's waves follow one another, and do not wait for those of other tenants; of all steps
/// a few are under way at a time, one on each instance. What does not work is left alone for a while, with what depends
/// on it, and stops nothing else.
public final class Executor {
    private final Hostd hostd;
    private final InstanceTurns turns;
    private final Backoff<InstanceId> backoff;
    private final Semaphore places;
    private final InstantSource clock;
    private final Consumer<String> log;

    /// @param parallel how many steps may be under way at a time
    public Executor(
            Hostd hostd,
            InstanceTurns turns,
            Backoff<InstanceId> backoff,
            int parallel,
            InstantSource clock,
            Consumer<String> log) {
        this.hostd = hostd;
        this.turns = turns;
        this.backoff = backoff;
        this.places = new Semaphore(parallel, true);
        this.clock = clock;
        this.log = log;
    }

    /// Carries `plan` out and says what came of it.
    ///
    /// @param known the pools that the state names
    public RoundResult carryOut(Plan plan, Collection<PoolAddress> known) throws InterruptedException {
        var lanes = lanes(plan);
        boolean lost = false;
        try {
            for (var network : plan.networks()) {
                network(network);
            }
            sideBySide(lanes.values());
        } catch (IOException e) {
            log.accept("hostd: " + e.getMessage());
            lost = true;
        }
        var outcomes = new LinkedHashMap<InstanceAddress, Outcome>();
        lanes.values().forEach(lane -> outcomes.putAll(lane.outcomes()));
        return RoundResult.of(known, plan, outcomes, lost);
    }

    private static Map<TenantId, TenantSteps> lanes(Plan plan) {
        var out = new LinkedHashMap<TenantId, TenantSteps>();
        for (int wave = 0; wave < plan.waves().size(); wave++) {
            for (var step : plan.waves().get(wave).steps()) {
                out.computeIfAbsent(step.instance().tenant(), _ -> new TenantSteps())
                        .add(wave, step);
            }
        }
        return out;
    }

    private void network(HostOperation.SetupNetwork operation) throws IOException {
        var reply = hostd.call(operation);
        if (!(reply instanceof HostReply.Done)) {
            log.accept("network " + operation.net() + ": " + reason(reply));
        }
    }

    private void sideBySide(Collection<TenantSteps> lanes) throws IOException, InterruptedException {
        var running = new ArrayList<Future<?>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var lane : lanes) {
                running.add(threads.submit(() -> {
                    for (var wave : lane.waves()) {
                        wave(lane, wave);
                    }
                    return null;
                }));
            }
        }
        await(running);
    }

    private void wave(TenantSteps lane, List<Plan.Step> wave) throws IOException, InterruptedException {
        var running = new ArrayList<Future<?>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var step : wave) {
                if (lane.mayTry(step)) {
                    boolean first = lane.isFirst(step);
                    running.add(threads.submit(() -> {
                        lane.note(step, tried(step, first));
                        return null;
                    }));
                }
            }
        }
        await(running);
    }

    private static void await(List<Future<?>> running) throws IOException, InterruptedException {
        for (var one : running) {
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

    /// @param first whether the plan has had no step for the instance before: what was begun is gone on with
    private Outcome tried(Plan.Step step, boolean first) throws IOException, InterruptedException {
        var id = step.instance().instance();
        if (turns.taken(id)) {
            return new Outcome.Blocked(Outcome.BUSY);
        }
        places.acquire();
        try (var _ = turns.take(id)) {
            if (first && !backoff.ready(id, clock.instant())) {
                return new Outcome.Blocked(Outcome.BACKING_OFF);
            }
            var reply = hostd.call(step.operation());
            if (reply instanceof HostReply.Done || reply instanceof HostReply.Ended) {
                worked(step);
                return new Outcome.Progressing(1);
            }
            backoff.failed(id, clock.instant());
            log.accept(step.instance() + ": " + step.why().words() + ", but " + word(step.operation()) + ": "
                    + reason(reply));
            return reply instanceof HostReply.Refused
                    ? new Outcome.Rejected(reason(reply))
                    : new Outcome.Blocked(reason(reply));
        } finally {
            places.release();
        }
    }

    /// What is brought up is tried again later each time, as long as it does not last.
    private void worked(Plan.Step step) {
        var id = step.instance().instance();
        if (bringsUp(step.operation())) {
            backoff.attempted(id, clock.instant());
        } else if (step.last() && !(step.operation() instanceof HostOperation.PauseInstance)) {
            backoff.worked(id);
        }
        log.accept(step.instance() + ": " + step.why().words() + ": " + word(step.operation()));
    }

    /// How many chains wait for a place.
    public int waiting() {
        return places.getQueueLength();
    }

    /// Whether it is not known yet if what `step` did lasts.
    private static boolean bringsUp(HostOperation step) {
        return step instanceof HostOperation.StartInstance || step instanceof HostOperation.WakeInstance;
    }

    /// hostd's word for why it did not.
    public static String reason(HostReply reply) {
        return switch (reply) {
            case HostReply.Refused(var reason) -> reason.value();
            case HostReply.Failed(var call, var errno) -> "failed_" + call + (errno == 0 ? "" : "_" + errno);
            default -> "unexpected_answer";
        };
    }

    /// An operation in a word.
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
            case HostOperation.InstallRoot _,
                    HostOperation.InstallGrant _,
                    HostOperation.InstallState _,
                    HostOperation.VerifyNetworks _,
                    HostOperation.Observe _,
                    HostOperation.GuestPing _,
                    HostOperation.GuestExec _ -> "ask";
        };
    }
}
