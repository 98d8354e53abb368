package dev.mvm.hostd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class UpkeepTest {
    /// Keeps what is to be repeated, and does not run it.
    private static final class Kept extends ScheduledThreadPoolExecutor {
        final List<Runnable> repeated = new ArrayList<>();

        Kept() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable work, long initial, long delay, TimeUnit unit) {
            repeated.add(work);
            return super.schedule(() -> {}, 0, unit);
        }
    }

    /// An executor drops what throws, and repeats it no more.
    @Test
    void workThatThrows_isRepeated() {
        try (var executor = new Kept()) {
            var runs = new AtomicInteger();
            Upkeep.repeat(executor, () -> {
                if (runs.incrementAndGet() == 1) {
                    throw new IllegalStateException("once");
                }
            });
            assertThat(executor.repeated).hasSize(1);
            var work = executor.repeated.getFirst();
            assertThatCode(work::run).doesNotThrowAnyException();
            assertThatCode(work::run).doesNotThrowAnyException();
            assertThat(runs).hasValue(2);
        }
    }
}
