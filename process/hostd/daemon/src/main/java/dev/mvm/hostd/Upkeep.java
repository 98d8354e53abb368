package dev.mvm.hostd;

import dev.mvm.hostd.files.Reserve;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Work in the background that is repeated each minute from now on.
final class Upkeep {
    private Upkeep() {}

    /// Returns one thread.
    static ScheduledExecutorService thread(String name) {
        return Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name(name).daemon().factory());
    }

    static void repeat(ScheduledExecutorService thread, Runnable work) {
        var _ = thread.scheduleWithFixedDelay(
                () -> {
                    try {
                        work.run();
                    } catch (RuntimeException | Error e) { // the executor would keep it, and repeat nothing any more
                        var here = Thread.currentThread();
                        here.getUncaughtExceptionHandler().uncaughtException(here, e);
                    }
                },
                0,
                1,
                TimeUnit.MINUTES);
    }

    /// Has the reserve made, and made again.
    static Reserve fill(Reserve reserve) {
        repeat(thread("reserve"), () -> {
            try {
                reserve.fill();
            } catch (IOException e) {
                Journal.error("no reserve on the disk: " + e.getMessage());
            }
        });
        return reserve;
    }
}
