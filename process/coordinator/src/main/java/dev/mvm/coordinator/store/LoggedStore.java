package dev.mvm.coordinator.store;

import dev.mvm.coordinator.store.StoreException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The semantics of a store, over a log on any medium. There is one lock, because writers are few and a commit waits
/// for the disk anyway.
///
/// Expired leases are ended at the next call, which callers cannot distinguish from ending on time.
final class LoggedStore implements Store {
    /// Interval at which a waiting watch checks for expired leases; the clock cannot wake it.
    private static final Duration LEASE_CHECK = Duration.ofMillis(200);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final StoreLog log;
    private final InstantSource clock;
    private final Map<Long, Lease> leases = new HashMap<>();
    private boolean closed;

    private record Lease(Duration ttl, Instant ends) {}

    LoggedStore(StoreLog log, InstantSource clock) throws StoreException {
        this.log = log;
        this.clock = clock;
        log.leases()
                .forEach((id, ttl) ->
                        leases.put(id, new Lease(ttl, clock.instant().plus(ttl))));
    }

    @FunctionalInterface
    private interface Work<T> {
        T run() throws StoreException;
    }

    private <T> T locked(Work<T> work) throws StoreException {
        lock.lock();
        try {
            if (closed) {
                throw new StoreException(Kind.UNAVAILABLE, "the store is closed");
            }
            endLeases();
            return work.run();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long revision() throws StoreException {
        return locked(log::revision);
    }

    @Override
    public StoreSnapshot range(KeyRange range) throws StoreException {
        return locked(() -> snapshot(range, log.revision()));
    }

    @Override
    public StoreSnapshot range(KeyRange range, long revision) throws StoreException {
        return locked(() -> {
            if (revision > log.revision()) {
                throw new StoreException(Kind.FUTURE_REVISION, "revision " + revision + " has not been reached");
            }
            if (revision < Math.max(1, log.compacted())) {
                throw new StoreException(Kind.COMPACTED, "revision " + revision + " has been compacted");
            }
            return snapshot(range, revision);
        });
    }

    private StoreSnapshot snapshot(KeyRange range, long revision) throws StoreException {
        var entries = log.live(range, revision).stream().map(Row::entry).toList();
        return new StoreSnapshot(log.revision(), entries);
    }

    @Override
    public TxnResult txn(Txn txn) throws StoreException {
        return locked(() -> {
            boolean held = true;
            for (var condition : txn.when()) {
                held &= condition.holds(entry(condition.key()));
            }
            var steps = new TxnSteps(log, log.revision() + 1);
            var answers = new ArrayList<TxnResult.Answer>();
            for (var step : held ? txn.then() : txn.otherwise()) {
                if (step instanceof Op.Put(var _, var _, var lease) && lease != NO_LEASE) {
                    lease(lease);
                }
                answers.add(steps.take(step));
            }
            append(steps, new StoreLog.LeaseChange.None());
            return new TxnResult(held, log.revision(), answers);
        });
    }

    private Optional<Entry> entry(Key key) throws StoreException {
        return log.latest(key).filter(row -> !row.deleted()).map(Row::entry);
    }

    private void append(TxnSteps steps, StoreLog.LeaseChange change) throws StoreException {
        if (!steps.rows().isEmpty() || !(change instanceof StoreLog.LeaseChange.None)) {
            log.append(steps.rows(), change);
            changed.signalAll();
        }
    }

    @Override
    public long grant(Duration ttl) throws StoreException {
        if (ttl.toMillis() < 1) {
            throw new IllegalArgumentException("a lease lives at least 1 ms");
        }
        return locked(() -> {
            long id = log.nextLease();
            log.append(List.of(), new StoreLog.LeaseChange.Added(id, ttl));
            leases.put(id, new Lease(ttl, clock.instant().plus(ttl)));
            return id;
        });
    }

    @Override
    public void keepAlive(long lease) throws StoreException {
        locked(() -> {
            var ttl = lease(lease).ttl();
            return leases.put(lease, new Lease(ttl, clock.instant().plus(ttl)));
        });
    }

    @Override
    public void revoke(long lease) throws StoreException {
        locked(() -> {
            lease(lease);
            return end(lease);
        });
    }

    private Lease lease(long id) throws StoreException {
        var lease = leases.get(id);
        if (lease == null) {
            throw new StoreException(Kind.NO_SUCH_LEASE, "there is no lease " + id);
        }
        return lease;
    }

    private boolean end(long lease) throws StoreException {
        var steps = new TxnSteps(log, log.revision() + 1);
        log.attached(lease).forEach(steps::delete);
        append(steps, new StoreLog.LeaseChange.Removed(lease));
        return leases.remove(lease) != null;
    }

    private void endLeases() throws StoreException {
        if (leases.isEmpty()) {
            return;
        }
        var now = clock.instant();
        var due = leases.entrySet().stream()
                .filter(entry -> !now.isBefore(entry.getValue().ends()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
        for (var lease : due) {
            end(lease);
        }
    }

    @Override
    public void compact(long revision) throws StoreException {
        locked(() -> {
            if (revision > log.revision()) {
                throw new StoreException(Kind.FUTURE_REVISION, "revision " + revision + " has not been reached");
            }
            if (revision <= log.compacted()) {
                throw new StoreException(Kind.COMPACTED, "revision " + revision + " has been compacted");
            }
            log.compact(revision);
            changed.signalAll();
            return true;
        });
    }

    @Override
    public Watch watch(KeyRange range, long fromRevision) throws StoreException {
        if (fromRevision < 1) {
            throw new IllegalArgumentException("revisions begin at 1");
        }
        return locked(() -> {
            var place = new Place(range, fromRevision);
            place.checkCompaction();
            return place;
        });
    }

    @Override
    public void close() throws StoreException {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                changed.signalAll();
                log.close();
            }
        } finally {
            lock.unlock();
        }
    }

    /// A place in the log.
    private final class Place implements Watch {
        private final KeyRange range;
        private long next;
        private boolean ended;

        private Place(KeyRange range, long next) {
            this.range = range;
            this.next = next;
        }

        @Override
        public List<Event> poll() throws StoreException {
            return locked(this::read);
        }

        @Override
        public List<Event> take() throws StoreException, InterruptedException {
            lock.lockInterruptibly();
            try {
                var events = poll();
                while (events.isEmpty()) {
                    if (leases.isEmpty()) {
                        changed.await();
                    } else {
                        // a change or the end of the interval; the next poll handles both
                        var _ = changed.await(LEASE_CHECK.toMillis(), TimeUnit.MILLISECONDS);
                    }
                    events = poll();
                }
                return events;
            } finally {
                lock.unlock();
            }
        }

        private List<Event> read() throws StoreException {
            if (ended) {
                throw new StoreException(Kind.UNAVAILABLE, "the watch is closed");
            }
            checkCompaction();
            var rows = log.since(range, next);
            // with nothing in range up to now, the place moves on all the same, out of the way of compaction
            long seen = rows.isEmpty() ? log.revision() : rows.getLast().revision();
            next = Math.max(next, seen + 1);
            return rows.stream().map(Row::event).toList();
        }

        private void checkCompaction() throws StoreException {
            if (next < log.compacted()) {
                throw new StoreException(Kind.COMPACTED, "revision " + next + " has been compacted");
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                ended = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
