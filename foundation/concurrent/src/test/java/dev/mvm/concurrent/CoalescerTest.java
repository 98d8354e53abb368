package dev.mvm.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Runs per flood of requests, with queues in place of threads and timers.
final class CoalescerTest {
    private final ArrayDeque<Runnable> due = new ArrayDeque<>();
    private final ArrayDeque<Runnable> intervals = new ArrayDeque<>();
    private final AtomicInteger runs = new AtomicInteger();
    private Runnable during = () -> {};

    private final Coalescer coalescer = new Coalescer(due::add, intervals::add, this::task);

    private void task() {
        runs.incrementAndGet();
        var now = during;
        during = () -> {};
        now.run();
    }

    private void flood() {
        for (int i = 0; i < 1000; i++) {
            coalescer.request();
        }
    }

    @Test
    @Tag("claim-C3")
    void flood_isOneRun_andOneMoreForRequestsMeanwhile() {
        during = this::flood;
        flood();
        assertThat(due).hasSize(1);
        due.remove().run();
        assertThat(runs).hasValue(1);
        assertThat(due).as("not before the interval has passed").isEmpty();
        intervals.remove().run();
        due.remove().run();
        assertThat(runs).hasValue(2);
        intervals.remove().run();
        assertThat(due).isEmpty();
        assertThat(intervals).isEmpty();
    }

    @Test
    void requestWithinTheInterval_waitsForItsEnd() {
        coalescer.request();
        due.remove().run();
        coalescer.request();
        assertThat(due).isEmpty();
        intervals.remove().run();
        due.remove().run();
        assertThat(runs).hasValue(2);
    }

    @Test
    void requestAfterTheInterval_runsAtOnce() {
        coalescer.request();
        due.remove().run();
        intervals.remove().run();
        coalescer.request();
        due.remove().run();
        assertThat(runs).hasValue(2);
    }

    @Test
    void taskThatFails_runsAgain() {
        during = () -> {
            throw new IllegalStateException("for the test");
        };
        coalescer.request();
        assertThatThrownBy(due.remove()::run).isInstanceOf(IllegalStateException.class);
        coalescer.request();
        intervals.remove().run();
        due.remove().run();
        assertThat(runs).hasValue(2);
    }

    /// The use of a source that reports values: the first is passed on synchronously, then the newest per interval.
    @Test
    void newestValue_isNeverLost() {
        var newest = new AtomicReference<>("");
        var passedOn = new ArrayList<String>();
        try (var values = new Coalescer(Runnable::run, intervals::add, () -> passedOn.add(newest.get()))) {
            for (int i = 0; i < 100; i++) {
                newest.set("value " + i);
                values.request();
            }
            assertThat(passedOn).containsExactly("value 0");
            intervals.remove().run();
            assertThat(passedOn).containsExactly("value 0", "value 99");
            intervals.remove().run();
            assertThat(passedOn).hasSize(2);
        }
    }

    @Test
    void closed_runsNothingAnyMore() {
        coalescer.request();
        due.remove().run();
        coalescer.request();
        coalescer.close();
        coalescer.request();
        intervals.remove().run();
        assertThat(due).isEmpty();
        assertThat(runs).hasValue(1);
    }

    @Test
    void close_waitsForTheRunUnderWay() throws Exception {
        var begun = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        var ended = new AtomicInteger();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var slow = new Coalescer(threads, intervals::add, () -> {
                begun.countDown();
                awaitUninterruptibly(release);
                ended.incrementAndGet();
            });
            slow.request();
            begun.await();
            var closing = threads.submit(() -> {
                slow.close();
                return ended.get();
            });
            release.countDown();
            assertThat(closing.get()).isEqualTo(1);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
