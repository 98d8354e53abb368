package dev.mvm.coordinator.fleet;

import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.store.StoreException;
import java.util.Optional;

/// Optimistic changes of the store: read, decide, and write only if nothing has changed since; otherwise start again.
public final class Retries {
    private static final int TRIES = 20;

    private Retries() {}

    /// Work that is tried again.
    ///
    /// @param <T> the result
    /// @param <E> what else may fail
    @FunctionalInterface
    public interface Attempt<T, E extends Exception> {
        /// Tries once.
        ///
        /// @return empty if an entry has changed since it was read
        Optional<T> run() throws StoreException, ProblemException, E;
    }

    /// Repeats an attempt until it returns a result, at most 20 times.
    ///
    /// @throws ProblemException `contended` if no attempt has succeeded, or the problem of an attempt
    public static <T, E extends Exception> T untilDone(Attempt<T, E> attempt)
            throws StoreException, ProblemException, E {
        for (int i = 0; i < TRIES; i++) {
            var done = attempt.run();
            if (done.isPresent()) {
                return done.get();
            }
        }
        throw new ProblemException(Fault.UNAVAILABLE, "contended", "too many changes at once; try again");
    }
}
