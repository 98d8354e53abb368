package dev.mvm.coordinator.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A log in memory, lost when it is closed. Written to be obviously right.
final class MemoryLog implements StoreLog {
    private List<Row> rows = new ArrayList<>();
    private final Map<Long, Duration> leases = new TreeMap<>();
    private long compacted;
    private long leaseIds;

    @Override
    public long revision() {
        return rows.isEmpty() ? Math.max(1, compacted) : rows.getLast().revision();
    }

    @Override
    public long compacted() {
        return compacted;
    }

    @Override
    public long nextLease() {
        return leaseIds + 1;
    }

    @Override
    public Map<Long, Duration> leases() {
        return Map.copyOf(leases);
    }

    @Override
    public Optional<Row> latest(Key key) {
        return Optional.ofNullable(newest(KeyRange.of(key), Long.MAX_VALUE).get(key));
    }

    private Map<Key, Row> newest(KeyRange range, long revision) {
        var newest = new TreeMap<Key, Row>();
        for (var row : rows) {
            if (row.revision() <= revision && range.contains(row.key())) {
                newest.put(row.key(), row);
            }
        }
        return newest;
    }

    @Override
    public List<Row> live(KeyRange range, long revision) {
        return newest(range, revision).values().stream()
                .filter(row -> !row.deleted())
                .toList();
    }

    @Override
    public List<Row> attached(long lease) {
        return live(new KeyRange("!", "\u007f"), Long.MAX_VALUE).stream()
                .filter(row -> row.lease() == lease)
                .toList();
    }

    @Override
    public List<Row> since(KeyRange range, long fromRevision) {
        return rows.stream()
                .filter(row -> row.revision() >= fromRevision && range.contains(row.key()))
                .toList();
    }

    @Override
    public void append(List<Row> added, LeaseChange change) {
        rows.addAll(added);
        switch (change) {
            case LeaseChange.None() -> {}
            case LeaseChange.Added(var lease, var ttl) -> {
                leases.put(lease, ttl);
                leaseIds = lease;
            }
            case LeaseChange.Removed(var lease) -> leases.remove(lease);
        }
    }

    @Override
    public void compact(long revision) {
        var holds = newest(new KeyRange("!", "\u007f"), revision);
        var kept = new ArrayList<Row>();
        for (var row : rows) {
            if (row.revision() >= revision || (row.equals(holds.get(row.key())) && !row.deleted())) {
                kept.add(row);
            }
        }
        rows = kept;
        compacted = revision;
    }

    @Override
    public void close() {
        rows = List.of();
    }
}
