package dev.mvm.cli.transparency;

import dev.mvm.cli.failure.Failure;
import dev.mvm.model.Digest;
import java.util.Optional;

/// Source of a log. Its content is not trusted.
public interface LogSource {
    /// Returns the envelope of the newest head; empty if the log is empty.
    Optional<byte[]> head() throws Failure;

    /// Returns the envelope of a state; empty after the last. Callers read states in order, from 0.
    Optional<byte[]> state(long index) throws Failure;

    /// Returns the envelope of a grant; empty if the source does not have it.
    Optional<byte[]> grant(Digest digest) throws Failure;
}
