package dev.mvm.coordinator.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// How often the fleet is looked at because nodes ask for it.
final class CoalescerTest {
    private static final Duration BETWEEN = Duration.ofMillis(200);

    private final ArrayDeque<Runnable> threads = new ArrayDeque<>();
    private final AtomicInteger worked = new AtomicInteger();
    private final AtomicInteger paused = new AtomicInteger();
    private Runnable meanwhile = () -> {};

    private final Coalescer requested = new Coalescer(threads::add, BETWEEN, this::pause, worked::incrementAndGet);

    private void pause(Duration time) {
        assertThat(time).isEqualTo(BETWEEN);
        paused.incrementAndGet();
        var now = meanwhile;
        meanwhile = () -> {};
        now.run();
    }

    private void flood() {
        for (int i = 0; i < 1000; i++) {
            requested.ask();
        }
    }

    @Test
    @Tag("claim-C3")
    void flood_isOnePass_andOneMoreForThoseWhoAskMeanwhile() {
        meanwhile = this::flood;
        flood();
        assertThat(threads).hasSize(1);
        threads.remove().run();
        assertThat(worked).hasValue(2);
        assertThat(paused).hasValue(2);
        assertThat(threads).isEmpty();
    }

    @Test
    void whoAsksLater_isServedAgain() {
        requested.ask();
        threads.remove().run();
        requested.ask();
        threads.remove().run();
        assertThat(worked).hasValue(2);
    }

    @Test
    void workThatFails_isDoneAgain() {
        var failing = new Coalescer(threads::add, BETWEEN, this::pause, () -> {
            worked.incrementAndGet();
            throw new IllegalStateException("for the test");
        });
        failing.ask();
        threads.remove().run();
        failing.ask();
        threads.remove().run();
        assertThat(worked).hasValue(2);
    }
}
