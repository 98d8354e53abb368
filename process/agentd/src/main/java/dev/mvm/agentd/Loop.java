package dev.mvm.agentd;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/// A service that is one loop on a virtual thread of its own.
final class Loop implements Service {
    /// Longest wait for the end of a loop. After that the process ends without it, which every loop has to survive.
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final String name;
    private final Runnable body;
    private final Optional<Runnable> request;
    private Optional<Thread> thread = Optional.empty();

    /// A loop that ends when its thread is interrupted.
    Loop(String name, Runnable body) {
        this(name, body, Optional.empty());
    }

    /// A loop that must not be interrupted amid its work.
    ///
    /// @param request asks the loop to end
    Loop(String name, Runnable body, Runnable request) {
        this(name, body, Optional.of(request));
    }

    private Loop(String name, Runnable body, Optional<Runnable> request) {
        this.name = name;
        this.body = body;
        this.request = request;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void start(Consumer<Throwable> failures) {
        thread = Optional.of(Thread.ofVirtual().name(name).start(() -> run(failures)));
    }

    private void run(Consumer<Throwable> failures) {
        try {
            body.run();
        } catch (RuntimeException | Error e) {
            failures.accept(e);
            throw e; // the JVM prints its stack trace
        }
    }

    @Override
    public void stop() {
        var running = thread.orElseThrow();
        request.orElse(running::interrupt).run();
        try {
            var _ = running.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
