package dev.mvm.coordinator.node;

import dev.mvm.protocol.control.v1.FleetEvent;
import dev.mvm.protocol.control.v1.ListEventsResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/// The newest [#KEPT] events on the fleet since this coordinator started. Thread-safe.
public final class Events {
    /// Number of events that are kept.
    public static final int KEPT = 4096;

    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();
    private final ArrayDeque<FleetEvent> kept = new ArrayDeque<>();
    private long last;

    public Events(InstantSource clock) {
        this.clock = clock;
    }

    /// Adds an event and gives it its number and its time.
    public void add(FleetEvent.Builder event) {
        add(List.of(event));
    }

    /// Adds events and gives them their numbers and their time.
    void add(List<FleetEvent.Builder> events) {
        if (events.isEmpty()) {
            return;
        }
        lock.lock();
        try {
            var now = clock.instant().truncatedTo(ChronoUnit.MILLIS).toString();
            for (var event : events) {
                kept.addLast(event.setNumber(++last).setTime(now).build());
                if (kept.size() > KEPT) {
                    kept.removeFirst();
                }
            }
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Returns events after number `after`, oldest first. A number that has not been given yet comes from another
    /// coordinator, and returns all events.
    ///
    /// @param selected selects events
    /// @param limit most events in the answer
    /// @param patience longest wait for the first event; zero for no wait
    public ListEventsResponse after(long after, Predicate<FleetEvent> selected, int limit, Duration patience)
            throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long from = after > last ? 0 : after;
            long left = patience.toNanos();
            var answer = read(from, selected, limit);
            while (answer.getEventsCount() == 0 && left > 0) {
                left = more.awaitNanos(left);
                answer = read(from, selected, limit);
            }
            return answer;
        } finally {
            lock.unlock();
        }
    }

    private ListEventsResponse read(long after, Predicate<FleetEvent> selected, int limit) {
        var found = new ArrayList<FleetEvent>();
        long read = Math.max(after, last - kept.size());
        boolean gap = after < read;
        var from = kept.iterator();
        while (from.hasNext() && found.size() < limit) {
            var event = from.next();
            if (event.getNumber() > after) {
                read = event.getNumber();
                if (selected.test(event)) {
                    found.add(event);
                }
            }
        }
        return ListEventsResponse.newBuilder()
                .addAllEvents(found)
                .setLast(read)
                .setGap(gap)
                .build();
    }
}
