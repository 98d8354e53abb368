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

    /// Runs what is to be repeated twice, on this thread, which an executor would do on its own.
    ///
    /// @return what this thread did not catch
    private static List<Throwable> twice(Runnable work) {
        var here = Thread.currentThread();
        var before = here.getUncaughtExceptionHandler();
        var uncaught = new ArrayList<Throwable>();
        here.setUncaughtExceptionHandler((_, e) -> uncaught.add(e));
        try (var executor = new Kept()) {
            Upkeep.repeat(executor, work);
            assertThat(executor.repeated).hasSize(1);
            var repeated = executor.repeated.getFirst();
            assertThatCode(repeated::run).doesNotThrowAnyException();
            assertThatCode(repeated::run).doesNotThrowAnyException();
        } finally {
            here.setUncaughtExceptionHandler(before);
        }
        return uncaught;
    }

    /// An executor drops what throws, and repeats it no more.
    @Test
    void workThatThrows_isRepeated() {
        var runs = new AtomicInteger();
        var uncaught = twice(() -> {
            if (runs.incrementAndGet() == 1) {
                throw new IllegalStateException("once");
            }
        });
        assertThat(runs).hasValue(2);
        assertThat(uncaught).singleElement().isInstanceOf(IllegalStateException.class);
    }

    /// An executor keeps an error to itself; by its thread's handler it ends hostd.
    @Test
    void errorInWork_isOneOfItsThread() {
        assertThat(twice(() -> {
                    throw new OutOfMemoryError("told to");
                }))
                .hasSize(2)
                .allMatch(OutOfMemoryError.class::isInstance);
    }
}
