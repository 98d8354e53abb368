package dev.mvm.coordinator.api;

import dev.mvm.coordinator.error.ProblemException;

/// A call that waits for a node.
@FunctionalInterface
interface NodeCall<T> {
    T run() throws ProblemException, InterruptedException;

    /// Runs a call and returns its result.
    ///
    /// @throws ProblemException `stopping` if the thread is interrupted, or the problem of the call
    static <T> T await(NodeCall<T> call) throws ProblemException {
        try {
            return call.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ProblemException.stopping();
        }
    }
}
