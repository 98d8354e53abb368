package dev.mvm.sealer.paging.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/// Runs sweeps at the same time, the first on the calling thread and each other on one of its own, until all have
/// ended.
///
/// @param giveUp run after one has thrown, makes the others throw soon
record Sweepers(List<PageSweep> sweeps, Runnable giveUp) {
    /// The work on each sweep.
    @FunctionalInterface
    interface Part {
        void of(PageSweep sweep) throws IOException;
    }

    /// @throws IOException the exception that was thrown first
    void run(Part part) throws IOException {
        var first = new First();
        var tasks = new ArrayList<FutureTask<Void>>();
        for (var sweep : sweeps) {
            tasks.add(new FutureTask<>(() -> run(part, sweep, first), null));
        }
        tasks.stream()
                .skip(1)
                .forEach(task -> Thread.ofPlatform().daemon().name("pages").start(task));
        tasks.getFirst().run();
        tasks.forEach(Sweepers::await);
        first.rethrow();
    }

    private void run(Part part, PageSweep sweep, First first) {
        try {
            part.of(sweep);
        } catch (IOException | RuntimeException | Error e) {
            first.keep(e);
            giveUp.run();
        }
    }

    private static void await(FutureTask<Void> task) {
        boolean interrupted = false;
        while (!task.isDone()) {
            try {
                task.get();
            } catch (InterruptedException _) {
                interrupted = true; // an interrupt must not leave the VMM's memory incomplete; stop() does that
            } catch (ExecutionException e) {
                throw new AssertionError("it throws nothing", e);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// The exception that was thrown first; it may have caused the others.
    private static final class First {
        private @Nullable Throwable failure;

        synchronized void keep(Throwable e) {
            failure = failure == null ? e : failure;
        }

        synchronized void rethrow() throws IOException {
            switch (failure) {
                case null -> {}
                case IOException e -> throw e;
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new AssertionError(e);
            }
        }
    }
}
