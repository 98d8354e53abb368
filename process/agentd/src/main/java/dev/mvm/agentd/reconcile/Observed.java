package dev.mvm.agentd.reconcile;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
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

/// The latest observation. One thread waits at hostd for the next. Only while an instance is idle does it poll,
/// because the kernel counts the ARP requests for idle instances without an event, and more slowly while somebody
/// needs the memory pressure, which is no event either. However often a guest changes something, it observes five
/// times a second at most.
public final class Observed implements Runnable {
    private static final int WAIT_MILLIS = 30_000;
    private static final int WAIT_WHILE_ANY_IDLE_MILLIS = 1_000;
    private static final Duration BEFORE_RETRY = Duration.ofMillis(250);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

    private final Hostd hostd;
    private final Consumer<String> log;
    private final Pause pause;
    private final AtomicReference<Optional<Observation>> latest = new AtomicReference<>(Optional.empty());
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /// Waits.
    @FunctionalInterface
    interface Pause {
        /// Waits for `time`; no-op if it is negative.
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

    /// The latest observation; empty while hostd cannot be reached, since an earlier one may be out of date.
    public Optional<Observation> latest() {
        return latest.get();
    }

    /// Calls `listener` after every change, on the thread that observed it.
    public void listen(Runnable listener) {
        listeners.add(listener);
    }

    /// Observes now, without waiting for a change.
    ///
    /// @return whether something had changed, and the listeners were called
    /// @throws IOException if hostd cannot be reached
    @CanIgnoreReturnValue
    public boolean refresh() throws IOException {
        return take(0, 0);
    }

    @Override
    public void run() {
        boolean reachable = true;
        while (!Thread.currentThread().isInterrupted()) {
            long begin = System.nanoTime();
            try {
                var known = latest.get();
                boolean anyIdle = known.stream()
                        .flatMap(observation -> observation.instances().stream())
                        .anyMatch(instance -> instance.state().rests());
                var _ = take(
                        known.map(Observation::change).orElse(0L), anyIdle ? WAIT_WHILE_ANY_IDLE_MILLIS : WAIT_MILLIS);
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
                if (reachable || lost) { // once: that hostd stays away is no change
                    listeners.forEach(Runnable::run);
                }
                reachable = false;
                pauseBeforeRetry();
            }
        }
    }

    private void pauseBeforeRetry() {
        try {
            pause.of(BEFORE_RETRY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean take(long known, int waitMillis) throws IOException {
        var reply = hostd.call(new HostOperation.Observe(known, waitMillis));
        if (!(reply instanceof HostReply.Observed(var observation))) {
            throw new IOException("hostd answered an observation with " + reply);
        }
        var before = latest.getAndUpdate(last -> newer(last, observation));
        boolean changed = before.isEmpty()
                || before.get().change() != observation.change()
                || arpRequests(before.get()) != arpRequests(observation);
        if (changed) {
            listeners.forEach(Runnable::run);
        }
        return changed;
    }

    private static long arpRequests(Observation observation) {
        return observation.instances().stream()
                .mapToLong(instance -> instance.usage().asked())
                .sum();
    }

    private static Optional<Observation> newer(Optional<Observation> known, Observation next) {
        return known.isPresent() && known.get().change() > next.change() && next.change() > 1
                ? known
                : Optional.of(next);
    }
}
