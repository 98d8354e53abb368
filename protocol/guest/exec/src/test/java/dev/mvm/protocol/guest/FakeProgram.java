package dev.mvm.protocol.guest;

import java.io.IOException;

/// A program of a [FakeGuest].
@FunctionalInterface
public interface FakeProgram {
    /// Runs it on a thread of its own, which a signal interrupts.
    ///
    /// @return its exit status
    int run(FakeProcess process) throws IOException, InterruptedException;
}
