package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;

/// Pauses of a command that asks the coordinator again and again.
final class Waiting {
    private Waiting() {}

    /// Waits.
    ///
    /// @throws Failure if the thread is interrupted
    static void pause(long millis) throws Failure {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted");
        }
    }
}
