package dev.mvm.sealer.paging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/// Threads for what blocks in the kernel: the common pool has too few, and would wait for itself.
public final class Threads {
    private static final Executor EACH =
            Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory());

    private Threads() {}

    /// Something that may fail.
    public interface Work<T> {
        T work() throws IOException;
    }

    /// Does it in a thread of its own.
    public static <T> CompletableFuture<T> start(Work<T> work) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return work.work();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                EACH);
    }
}
