package dev.mvm.agentd.reconcile;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Observation;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/// The latest observation. One thread waits at hostd for the next. It polls only while somebody rests: who is asked
/// for on its network the kernel counts, and tells nobody. However often a guest has something new to say, it looks
/// five times a second at most.
public final class Observed implements Runnable {
    private static final int WAIT_MILLIS = 30_000;
    private static final int WAIT_WHILE_ANY_RESTS_MILLIS = 1_000;
    private static final Duration AGAIN = Duration.ofMillis(250);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

    private final Hostd hostd;
    private final Consumer<String> log;
    private final Pause pause;
    private final AtomicReference<Optional<Observation>> latest = new AtomicReference<>(Optional.empty());
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /// Lets time pass.
    @FunctionalInterface
    interface Pause {
        /// Takes `time`, and none if that is negative.
        void of(Duration time) throws InterruptedException;
    }

    public Observed(Hostd hostd, Consumer<String> log) {
        this(hostd, log, Thread::sleep);
    }

    Observed(Hostd hostd, Consumer<String> log, Pause pause) {
        this.hostd = hostd;
        this.log = log;
        this.pause = pause;
    }

    /// Empty while hostd cannot be reached: what was true before may not be any more.
    public Optional<Observation> latest() {
        return latest.get();
    }

    /// Has `listener` called after every change, on the observing thread.
    public void listen(Runnable listener) {
        listeners.add(listener);
    }

    /// Looks now, whether something has changed or not.
    public void refresh() throws IOException {
        take(0, 0);
    }

    @Override
    public void run() {
        boolean reachable = true;
        while (!Thread.currentThread().isInterrupted()) {
            long begin = System.nanoTime();
            try {
                var known = latest.get();
                boolean rests = known.stream()
                        .flatMap(seen -> seen.instances().stream())
                        .anyMatch(instance -> instance.state().rests());
                take(known.map(Observation::change).orElse(0L), rests ? WAIT_WHILE_ANY_RESTS_MILLIS : WAIT_MILLIS);
                if (!reachable) {
                    log.accept("hostd answers again");
                }
                reachable = true;
                pause.of(BETWEEN_LOOKS.minusNanos(System.nanoTime() - begin));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException e) {
                if (reachable && !Thread.currentThread().isInterrupted()) {
                    log.accept("hostd cannot be reached: " + e.getMessage());
                }
                boolean lost = latest.getAndSet(Optional.empty()).isPresent();
                if (reachable || lost) { // told once: one that stays away is nothing new four times a second
                    listeners.forEach(Runnable::run);
                }
                reachable = false;
                rest();
            }
        }
    }

    private void rest() {
        try {
            pause.of(AGAIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void take(long seen, int waitMillis) throws IOException {
        var reply = hostd.call(new HostOperation.Observe(seen, waitMillis));
        if (!(reply instanceof HostReply.Observed(var observation))) {
            throw new IOException("hostd answered an observation with " + reply);
        }
        var before = latest.getAndUpdate(known -> newer(known, observation));
        if (before.isEmpty()
                || before.get().change() != observation.change()
                || asked(before.get()) != asked(observation)) {
            listeners.forEach(Runnable::run);
        }
    }

    private static long asked(Observation seen) {
        return seen.instances().stream()
                .mapToLong(instance -> instance.usage().asked())
                .sum();
    }

    private static Optional<Observation> newer(Optional<Observation> known, Observation next) {
        return known.isPresent() && known.get().change() > next.change() && next.change() > 1
                ? known
                : Optional.of(next);
    }
}
