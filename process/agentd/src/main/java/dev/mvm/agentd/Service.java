package dev.mvm.agentd;

import java.io.IOException;
import java.util.function.Consumer;

/// A part of the agent that is started once and stopped at most once.
interface Service {
    /// Name for log lines, such as `reconcile`.
    String name();

    /// Starts the service and returns when it runs. A service that could not start holds no resources.
    ///
    /// @param failures told of each error that ends the service later, on any thread
    /// @throws IOException if the service cannot start
    void start(Consumer<Throwable> failures) throws IOException;

    /// Stops the service and releases its resources. Called only after [#start] has returned.
    ///
    /// @throws IOException if something could not be released
    void stop() throws IOException;

    /// Releases a resource of the agent when it is stopped.
    @FunctionalInterface
    interface Release {
        void run() throws IOException;
    }

    /// A service that has nothing to start: only `release` is run, when it is stopped.
    static Service released(String name, Release release) {
        return new Service() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public void start(Consumer<Throwable> failures) {}

            @Override
            public void stop() throws IOException {
                release.run();
            }
        };
    }
}
