package dev.mvm.coordinator.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.ManualClock;
import dev.mvm.coordinator.store.StoreException.Kind;
import dev.mvm.property.Property;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The contract of every store.
abstract class StoreContract {
    static final Key A = new Key("/t/a");
    static final Key B = new Key("/t/b");
    static final Key OTHER = new Key("/u/a");
    static final KeyRange T = KeyRange.under("/t/");
    static final KeyRange ALL = KeyRange.under("/");

    final ManualClock clock = new ManualClock();
    Store store;

    abstract Store open() throws Exception;

    @BeforeEach
    void openStore() throws Exception {
        store = open();
    }

    @AfterEach
    void closeStore() throws Exception {
        store.close();
    }

    static ByteString text(String text) {
        return ByteString.copyFrom(text, UTF_8);
    }

    static Op put(Key key, String value) {
        return Op.put(key, text(value));
    }

    final long write(Op... steps) throws StoreException {
        return store.txn(Txn.of(steps)).revision();
    }

    static void refused(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    static List<String> shown(List<Event> events) {
        return events.stream()
                .map(event -> switch (event) {
                    case Event.Put(var entry) ->
                        event.revision() + " " + event.key() + "="
                                + entry.value().toStringUtf8();
                    case Event.Deleted(var key, var revision) -> revision + " " + key + " gone";
                })
                .toList();
    }

    @Test
    void newStore_isEmptyAtRevisionOne() throws StoreException {
        assertThat(store.revision()).isEqualTo(1);
        assertThat(store.range(ALL)).isEqualTo(new StoreSnapshot(1, List.of()));
    }

    @Test
    void put_countsRevisionsAndVersions() throws StoreException {
        assertThat(write(put(A, "1"))).isEqualTo(2);
        assertThat(write(put(B, "x"))).isEqualTo(3);
        assertThat(write(put(A, "2"))).isEqualTo(4);
        assertThat(store.get(A)).contains(new Entry(A, text("2"), 2, 4, 2, 0));
        write(Op.delete(A));
        assertThat(store.get(A)).isEmpty();
        write(put(A, "3"));
        assertThat(store.get(A)).contains(new Entry(A, text("3"), 6, 6, 1, 0));
    }

    @Test
    void transaction_hasOneRevisionForAllItsChanges() throws StoreException {
        var result = store.txn(Txn.of(put(B, "b"), put(A, "a"), new Op.Get(T)));
        assertThat(result.revision()).isEqualTo(2);
        assertThat(result.answers().getLast())
                .isEqualTo(new TxnResult.Answer.Got(
                        List.of(new Entry(A, text("a"), 2, 2, 1, 0), new Entry(B, text("b"), 2, 2, 1, 0))));
        assertThat(store.range(ALL).entries()).extracting(Entry::modRevision).containsOnly(2L);
    }

    @Test
    void transactionWithoutAChange_keepsTheRevision() throws StoreException {
        write(put(A, "a"));
        assertThat(write(new Op.Get(ALL))).isEqualTo(2);
        assertThat(write(Op.delete(B))).isEqualTo(2);
        assertThat(write()).isEqualTo(2);
        assertThat(write(put(A, "a"))).as("the same value again is a change").isEqualTo(3);
    }

    @Test
    void failedCondition_takesTheOtherSteps() throws StoreException {
        write(put(A, "a"));
        var entry = store.get(A).orElseThrow();
        write(put(A, "b"));
        var result = store.txn(new Txn(
                List.of(Compare.absent(B), Compare.unchanged(entry)),
                List.of(put(B, "no")),
                List.of(put(OTHER, "yes"))));
        assertThat(result.held()).isFalse();
        assertThat(store.get(B)).isEmpty();
        assertThat(store.get(OTHER)).isPresent();
    }

    @Test
    void conditions_compareWhatIsThere() throws StoreException {
        write(put(A, "m"));
        write(put(A, "n"));
        assertThat(holds(new Compare.Version(A, Compare.Relation.EQUAL, 2))).isTrue();
        assertThat(holds(new Compare.Version(B, Compare.Relation.EQUAL, 0))).isTrue();
        assertThat(holds(new Compare.CreateRevision(A, Compare.Relation.LESS, 3)))
                .isTrue();
        assertThat(holds(new Compare.ModRevision(A, Compare.Relation.GREATER, 3)))
                .isFalse();
        assertThat(holds(new Compare.Lease(A, Compare.Relation.EQUAL, Store.NO_LEASE)))
                .isTrue();
        assertThat(holds(new Compare.Value(A, Compare.Relation.GREATER, text("m"))))
                .isTrue();
        assertThat(holds(new Compare.Value(A, Compare.Relation.NOT_EQUAL, text("n"))))
                .isFalse();
        assertThat(holds(new Compare.Value(B, Compare.Relation.NOT_EQUAL, text("n"))))
                .as("a missing key has no value")
                .isFalse();
        assertThat(holds(new Compare.Value(A, Compare.Relation.LESS, ByteString.copyFrom(new byte[] {(byte) 0xff}))))
                .as("bytes are unsigned")
                .isTrue();
    }

    private boolean holds(Compare compare) throws StoreException {
        return store.txn(new Txn(List.of(compare), List.of(), List.of())).held();
    }

    @Test
    void transactionThatWritesAKeyTwice_isRefused() {
        assertThatThrownBy(() -> Txn.of(put(A, "1"), put(A, "2"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Txn.of(put(A, "1"), new Op.Delete(T))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void deletedRange_countsWhatWasThere() throws StoreException {
        write(put(A, "a"), put(B, "b"), put(OTHER, "o"));
        var result = store.txn(Txn.of(new Op.Delete(T), new Op.Get(ALL)));
        assertThat(result.answers().getFirst()).isEqualTo(new TxnResult.Answer.Deleted(2));
        assertThat(result.answers().getLast())
                .isInstanceOfSatisfying(
                        TxnResult.Answer.Got.class,
                        got -> assertThat(got.entries()).extracting(Entry::key).containsExactly(OTHER));
    }

    @Test
    void past_canBeRead() throws StoreException {
        write(put(A, "1"));
        write(put(A, "2"), put(B, "b"));
        write(Op.delete(A));
        assertThat(store.range(T, 1).entries()).isEmpty();
        assertThat(store.range(T, 2).entries()).extracting(Entry::value).containsExactly(text("1"));
        assertThat(store.range(T, 3).entries()).extracting(Entry::value).containsExactly(text("2"), text("b"));
        assertThat(store.range(T, 4).entries()).extracting(Entry::key).containsExactly(B);
        refused(Kind.FUTURE_REVISION, () -> store.range(T, 5));
    }

    @Test
    void prefix_meansExactlyThat() throws StoreException {
        write(put(new Key("/t"), "1"), put(new Key("/t/"), "2"), put(new Key("/t/~"), "3"), put(new Key("/t0"), "4"));
        assertThat(store.range(T).entries())
                .extracting(entry -> entry.key().path())
                .containsExactly("/t/", "/t/~");
    }

    @Test
    void watch_seesEverythingOnceInOrder() throws StoreException {
        write(put(A, "before"));
        try (var watch = store.watch(T, store.revision() + 1)) {
            assertThat(watch.poll()).isEmpty();
            write(put(B, "1"), put(OTHER, "unseen"), put(A, "2"));
            write(put(OTHER, "unseen"));
            write(Op.delete(B));
            assertThat(shown(watch.poll())).containsExactly("3 /t/b=1", "3 /t/a=2", "5 /t/b gone");
            assertThat(watch.poll()).isEmpty();
        }
    }

    @Test
    void watchFromThePast_startsThere() throws StoreException {
        write(put(A, "1"));
        write(put(A, "2"));
        try (var watch = store.watch(T, 2);
                var later = store.watch(T, 3);
                var future = store.watch(T, 10)) {
            assertThat(shown(watch.poll())).containsExactly("2 /t/a=1", "3 /t/a=2");
            assertThat(shown(later.poll())).containsExactly("3 /t/a=2");
            write(put(A, "3"));
            assertThat(future.poll()).isEmpty();
            for (long revision = 5; revision < 11; revision++) {
                write(put(A, "r" + revision));
            }
            assertThat(shown(future.poll())).containsExactly("10 /t/a=r10");
        }
    }

    @Test
    void watchOverManyChanges_losesNone() throws StoreException {
        try (var watch = store.watch(T, 1)) {
            for (int i = 0; i < 1_300; i++) {
                write(put(A, "a" + i), put(B, "b" + i));
            }
            var seen = new ArrayList<Event>();
            for (var events = watch.poll(); !events.isEmpty(); events = watch.poll()) {
                assertThat(events.size() % 2).as("a revision is never torn").isZero();
                seen.addAll(events);
            }
            assertThat(seen).hasSize(2_600);
            assertThat(seen).isSortedAccordingTo((x, y) -> Long.compare(x.revision(), y.revision()));
        }
    }

    @Test
    void compaction_forgetsThePastOnly() throws StoreException {
        write(put(A, "1"), put(B, "b"));
        write(put(A, "2"));
        write(Op.delete(B));
        write(put(A, "3"));
        store.compact(4);
        refused(Kind.COMPACTED, () -> store.range(T, 3));
        refused(Kind.COMPACTED, () -> store.watch(T, 3));
        refused(Kind.COMPACTED, () -> store.compact(4));
        refused(Kind.FUTURE_REVISION, () -> store.compact(6));
        assertThat(store.range(T, 4).entries()).extracting(Entry::value).containsExactly(text("2"));
        assertThat(store.get(A)).contains(new Entry(A, text("3"), 2, 5, 3, 0));
        try (var watch = store.watch(T, 4)) {
            assertThat(shown(watch.poll())).containsExactly("4 /t/b gone", "5 /t/a=3");
        }
        write(put(B, "again"));
        assertThat(store.get(B).orElseThrow().version()).isEqualTo(1);
        store.compact(store.revision());
        assertThat(store.revision()).isEqualTo(6);
    }

    @Test
    void watchThatFellBehindACompaction_isTold() throws StoreException {
        try (var watch = store.watch(T, 2);
                var idle = store.watch(KeyRange.under("/none/"), 2)) {
            write(put(A, "1"));
            write(put(A, "2"));
            assertThat(idle.poll()).isEmpty();
            store.compact(3);
            refused(Kind.COMPACTED, watch::poll);
            assertThat(idle.poll())
                    .as("one that was up to date has missed nothing")
                    .isEmpty();
        }
    }

    @Test
    void lease_takesItsEntriesWithIt() throws StoreException {
        long lease = store.grant(Duration.ofSeconds(10));
        long second = store.grant(Duration.ofSeconds(60));
        assertThat(second).isNotEqualTo(lease);
        write(new Op.Put(A, text("a"), lease), new Op.Put(B, text("b"), lease), new Op.Put(OTHER, text("o"), second));
        assertThat(store.get(A).orElseThrow().lease()).isEqualTo(lease);
        try (var watch = store.watch(ALL, store.revision() + 1)) {
            clock.advance(Duration.ofMillis(9_999));
            assertThat(watch.poll()).isEmpty();
            clock.advance(Duration.ofMillis(1));
            assertThat(shown(watch.poll())).containsExactly("3 /t/a gone", "3 /t/b gone");
        }
        assertThat(store.get(OTHER)).isPresent();
        refused(Kind.NO_SUCH_LEASE, () -> store.keepAlive(lease));
        refused(Kind.NO_SUCH_LEASE, () -> store.revoke(lease));
        refused(Kind.NO_SUCH_LEASE, () -> write(new Op.Put(A, text("a"), lease)));
        assertThat(store.get(A)).isEmpty();
    }

    @Test
    void leaseKeptAlive_lives() throws StoreException {
        long lease = store.grant(Duration.ofSeconds(10));
        write(new Op.Put(A, text("a"), lease));
        for (int i = 0; i < 5; i++) {
            clock.advance(Duration.ofSeconds(9));
            store.keepAlive(lease);
        }
        assertThat(store.get(A)).isPresent();
        store.revoke(lease);
        assertThat(store.get(A)).isEmpty();
    }

    @Test
    void entryWrittenWithoutItsLease_isFreeOfIt() throws StoreException {
        long lease = store.grant(Duration.ofSeconds(10));
        write(new Op.Put(A, text("a"), lease));
        write(put(A, "mine"));
        store.revoke(lease);
        assertThat(store.get(A)).isPresent();
    }

    @Test
    void leaseWithoutEntries_endsWithoutARevision() throws StoreException {
        long lease = store.grant(Duration.ofSeconds(10));
        store.revoke(lease);
        assertThat(store.revision()).isEqualTo(1);
        assertThat(store.grant(Duration.ofSeconds(10))).isGreaterThan(lease);
    }

    @Test
    void failedTransaction_changesNothing() throws StoreException {
        refused(Kind.NO_SUCH_LEASE, () -> write(put(A, "a"), new Op.Put(B, text("b"), 77)));
        assertThat(store.range(ALL)).isEqualTo(new StoreSnapshot(1, List.of()));
    }

    @Test
    void concurrentCounters_neverLoseAnIncrement() throws Exception {
        int threads = 4;
        int each = 25;
        try (var executor = Executors.newFixedThreadPool(threads);
                var watch = store.watch(T, 2)) {
            var work = new ArrayList<Callable<Boolean>>();
            for (int i = 0; i < threads; i++) {
                work.add(() -> {
                    for (int n = 0; n < each; n++) {
                        increment();
                    }
                    return true;
                });
            }
            var reader = executor.submit(() -> {
                var seen = new ArrayList<Event>();
                while (seen.size() < threads * each) {
                    seen.addAll(watch.take());
                }
                return seen;
            });
            try (var writers = Executors.newFixedThreadPool(threads)) {
                for (var done : writers.invokeAll(work)) {
                    assertThat(done.get()).isTrue();
                }
            }
            var seen = reader.get(2, TimeUnit.MINUTES);
            for (int i = 0; i < seen.size(); i++) {
                assertThat(((Event.Put) seen.get(i)).entry().value()).isEqualTo(text(Integer.toString(i + 1)));
            }
            assertThat(store.get(A).orElseThrow().version()).isEqualTo((long) threads * each);
        }
    }

    private void increment() throws StoreException {
        boolean done = false;
        while (!done) {
            var entry = store.get(A);
            int next =
                    entry.map(e -> Integer.parseInt(e.value().toStringUtf8())).orElse(0) + 1;
            done = store.txn(new Txn(
                            List.of(Compare.unchanged(A, entry)), List.of(put(A, Integer.toString(next))), List.of()))
                    .held();
        }
    }

    @Test
    void closing_endsAWaitingWatch() throws Exception {
        try (var executor = Executors.newSingleThreadExecutor()) {
            var watch = store.watch(T, 2);
            var waiting = executor.submit(() -> assertThatThrownBy(watch::take).isInstanceOf(StoreException.class));
            watch.close();
            waiting.get(2, TimeUnit.MINUTES);
            var second = store.watch(T, 2);
            var waitingToo =
                    executor.submit(() -> assertThatThrownBy(second::take).isInstanceOf(StoreException.class));
            store.close();
            waitingToo.get(2, TimeUnit.MINUTES);
        }
        refused(Kind.UNAVAILABLE, store::revision);
    }

    @Test
    void aWaitingWatch_seesALeaseEnd() throws Exception {
        long lease = store.grant(Duration.ofSeconds(10));
        write(new Op.Put(A, text("a"), lease));
        try (var executor = Executors.newSingleThreadExecutor();
                var watch = store.watch(T, 3)) {
            var waiting = executor.submit(watch::take);
            clock.advance(Duration.ofSeconds(10));
            assertThat(shown(waiting.get(2, TimeUnit.MINUTES))).containsExactly("3 /t/a gone");
        }
    }

    @Test
    void anySequenceOfOperations_doesWhatTheModelDoes() {
        Property.holds(modelCases(), draw -> {
            try (var fresh = open()) {
                new StoreModel(fresh, clock).run(draw);
            }
        });
    }

    abstract int modelCases();
}
