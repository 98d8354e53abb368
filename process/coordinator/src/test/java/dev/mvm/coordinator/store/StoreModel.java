package dev.mvm.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.ManualClock;
import dev.mvm.property.Draw;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A store as a list of whole states, one for each revision, compared with a real one after every step.
final class StoreModel {
    private static final List<Key> KEYS = List.of(new Key("/a"), new Key("/a/b"), new Key("/b"), new Key("/c"));
    private static final List<String> PREFIXES = List.of("/", "/a", "/a/", "/b", "/z");

    private final Store store;
    private final ManualClock clock;
    private final List<Map<Key, Entry>> states = new ArrayList<>(List.of(Map.of(), Map.of()));
    private final List<Event> events = new ArrayList<>();
    private final Map<Long, Duration> leases = new TreeMap<>();
    private long compacted = 0;

    StoreModel(Store store, ManualClock clock) {
        this.store = store;
        this.clock = clock;
    }

    private long revision() {
        return states.size() - 1L;
    }

    void run(Draw draw) throws Exception {
        try (var watch = store.watch(KeyRange.under("/"), 1)) {
            var seen = new ArrayList<Event>();
            long next = 1;
            boolean current = true;
            for (int i = draw.intBetween(1, 25); i > 0; i--) {
                step(draw);
                if (current && draw.flag()) {
                    current = look(watch, next, seen);
                    next = revision() + 1;
                }
                check(draw);
            }
            if (current && look(watch, next, seen)) {
                assertThat(seen).isEqualTo(events);
            }
        }
    }

    private boolean look(Watch watch, long next, List<Event> seen) throws StoreException {
        if (next < compacted) {
            assertThatThrownBy(watch::poll).isInstanceOf(StoreException.class);
            return false;
        }
        seen.addAll(watch.poll());
        return true;
    }

    private void step(Draw draw) throws StoreException {
        switch (draw.intBetween(0, 9)) {
            case 0 -> {
                long lease = store.grant(Duration.ofSeconds(10));
                assertThat(leases.put(lease, Duration.ofSeconds(10))).isNull();
            }
            case 1 -> compact(draw.between(1, revision()));
            case 2 -> {
                clock.advance(Duration.ofSeconds(10));
                List.copyOf(leases.keySet()).forEach(this::end);
            }
            case 3 -> {
                if (!leases.isEmpty()) {
                    long lease = draw.of(List.copyOf(leases.keySet()));
                    store.revoke(lease);
                    end(lease);
                }
            }
            default -> transact(draw);
        }
    }

    private void end(long lease) {
        leases.remove(lease);
        var state = new TreeMap<>(states.getLast());
        state.values().removeIf(entry -> entry.lease() == lease);
        commit(state);
    }

    private void compact(long at) throws StoreException {
        if (at <= compacted) {
            assertThatThrownBy(() -> store.compact(at)).isInstanceOf(StoreException.class);
        } else {
            store.compact(at);
            compacted = at;
        }
    }

    private void transact(Draw draw) throws StoreException {
        var state = new TreeMap<>(states.getLast());
        var key = draw.of(KEYS);
        var entry = java.util.Optional.ofNullable(state.get(key));
        long guess = draw.between(0, revision());
        var condition = new Compare.ModRevision(key, Compare.Relation.LESS, guess);
        boolean holds = entry.map(Entry::modRevision).orElse(0L) < guess;
        var then = steps(draw);
        var otherwise = steps(draw);
        var result = store.txn(new Txn(List.of(condition), then, otherwise));
        assertThat(result.held()).isEqualTo(holds);
        (holds ? then : otherwise).forEach(step -> apply(state, step));
        commit(state);
        assertThat(result.revision()).isEqualTo(revision());
    }

    private List<Op> steps(Draw draw) {
        var steps = new ArrayList<Op>();
        if (draw.flag()) {
            steps.add(new Op.Delete(KeyRange.of(draw.of(KEYS))));
        }
        for (var key : KEYS) {
            boolean free =
                    steps.stream().noneMatch(step -> step instanceof Op.Delete(var range) && range.contains(key));
            if (free && draw.flag()) {
                long lease = leases.isEmpty() || draw.flag() ? 0 : draw.of(List.copyOf(leases.keySet()));
                steps.add(new Op.Put(key, ByteString.copyFrom(draw.bytes(0, 3)), lease));
            }
        }
        return steps;
    }

    private void apply(Map<Key, Entry> state, Op step) {
        long next = revision() + 1;
        switch (step) {
            case Op.Put(var key, var value, var lease) -> {
                var old = state.get(key);
                long created = old == null ? next : old.createRevision();
                state.put(key, new Entry(key, value, created, next, old == null ? 1 : old.version() + 1, lease));
            }
            case Op.Delete(var range) -> state.keySet().removeIf(range::contains);
            case Op.Get _ -> {}
        }
    }

    /// Deletions come first in every transaction drawn here, so events do too.
    private void commit(Map<Key, Entry> state) {
        long next = revision() + 1;
        var before = states.getLast();
        if (state.equals(before)) {
            return;
        }
        for (var key : before.keySet()) {
            if (!state.containsKey(key)) {
                events.add(new Event.Deleted(key, next));
            }
        }
        for (var entry : state.values()) {
            if (entry.modRevision() == next) {
                events.add(new Event.Put(entry));
            }
        }
        states.add(state);
    }

    private void check(Draw draw) throws StoreException {
        assertThat(store.revision()).isEqualTo(revision());
        var range = KeyRange.under(draw.of(PREFIXES));
        long at = draw.between(Math.max(1, compacted), revision());
        var want = states.get((int) at).values().stream()
                .filter(entry -> range.contains(entry.key()))
                .toList();
        assertThat(store.range(range, at).entries()).isEqualTo(want);
    }
}
