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

/// What has happened on the fleet since this coordinator started, the newest [#KEPT] of it. Thread-safe.
public final class Events {
    /// How many are kept.
    public static final int KEPT = 4096;

    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();
    private final ArrayDeque<FleetEvent> kept = new ArrayDeque<>();
    private long last;

    public Events(InstantSource clock) {
        this.clock = clock;
    }

    /// Adds events, which get their numbers and their time here.
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

    /// Events after number `after`, oldest first. A number that there has not been yet is another coordinator's, and
    /// asks for all.
    ///
    /// @param wanted which ones
    /// @param limit how many at most
    /// @param patience how long to wait for the first
    public ListEventsResponse after(long after, Predicate<FleetEvent> wanted, int limit, Duration patience)
            throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long from = after > last ? 0 : after;
            long left = patience.toNanos();
            var answer = read(from, wanted, limit);
            while (answer.getEventsCount() == 0 && left > 0) {
                left = more.awaitNanos(left);
                answer = read(from, wanted, limit);
            }
            return answer;
        } finally {
            lock.unlock();
        }
    }

    private ListEventsResponse read(long after, Predicate<FleetEvent> wanted, int limit) {
        var found = new ArrayList<FleetEvent>();
        long read = Math.max(after, last - kept.size());
        boolean gap = after < read;
        var from = kept.iterator();
        while (from.hasNext() && found.size() < limit) {
            var event = from.next();
            if (event.getNumber() > after) {
                read = event.getNumber();
                if (wanted.test(event)) {
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
