package dev.mvm.agentd.execute;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.plan.Plan;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/// Carries plans out. Chains run side by side, a few at a time; a chain that stops does not stop the others.
public final class Executor {
    private final Hostd hostd;
    private final InstanceTurns turns;
    private final Backoff<InstanceId> backoff;
    private final Semaphore places;
    private final InstantSource clock;
    private final Consumer<String> log;

    /// @param parallel how many chains may run at a time
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
        this.places = new Semaphore(parallel);
        this.clock = clock;
        this.log = log;
    }

    /// Carries `plan` out and says what came of it.
    public Outcome carryOut(Plan plan) throws InterruptedException {
        if (plan.isEmpty()) {
            return new Outcome.Converged();
        }
        try {
            for (var network : plan.networks()) {
                network(network);
            }
            var obstacles = new ArrayList<Outcome.Obstacle>();
            obstacles.addAll(sideBySide(plan.down()));
            obstacles.addAll(sideBySide(plan.up()));
            return obstacles.isEmpty()
                    ? new Outcome.Progressed(plan.down().size() + plan.up().size())
                    : new Outcome.Blocked(obstacles);
        } catch (IOException e) {
            log.accept("hostd: " + e.getMessage());
            return new Outcome.Unreachable();
        }
    }

    private void network(HostOperation.SetupNetwork operation) throws IOException {
        var reply = hostd.call(operation);
        if (!(reply instanceof HostReply.Done)) {
            log.accept("network " + operation.net() + ": " + reason(reply));
        }
    }

    private List<Outcome.Obstacle> sideBySide(List<Plan.Chain> chains) throws IOException, InterruptedException {
        var running = new ArrayList<Future<Optional<Outcome.Obstacle>>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var chain : chains) {
                running.add(threads.submit(() -> run(chain)));
            }
        }
        var out = new ArrayList<Outcome.Obstacle>();
        for (var one : running) {
            try {
                one.get().ifPresent(out::add);
            } catch (ExecutionException e) {
                switch (e.getCause()) {
                    case IOException unreachable -> throw unreachable;
                    case InterruptedException interrupted -> throw interrupted;
                    case null, default -> throw new IllegalStateException(e.getCause());
                }
            }
        }
        return out;
    }

    private Optional<Outcome.Obstacle> run(Plan.Chain chain) throws IOException, InterruptedException {
        var id = chain.instance().instance();
        if (!backoff.ready(id, clock.instant())) {
            return Optional.of(new Outcome.Obstacle(chain.instance(), "backing_off"));
        }
        places.acquire();
        try (var _ = turns.take(id)) {
            for (var step : chain.steps()) {
                var reply = hostd.call(step);
                if (!(reply instanceof HostReply.Done) && !(reply instanceof HostReply.Ended)) {
                    backoff.failed(id, clock.instant());
                    log.accept(chain.instance() + ": " + chain.why() + ", but " + word(step) + ": " + reason(reply));
                    return Optional.of(new Outcome.Obstacle(chain.instance(), reason(reply)));
                }
            }
            if (chain.steps().stream().anyMatch(Executor::bringsUp)) {
                backoff.attempted(id, clock.instant());
            } else {
                backoff.worked(id);
            }
            log.accept(chain.instance() + ": " + chain.why() + ": "
                    + String.join(
                            ", ", chain.steps().stream().map(Executor::word).toList()));
            return Optional.empty();
        } finally {
            places.release();
        }
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

    private static String word(HostOperation step) {
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
