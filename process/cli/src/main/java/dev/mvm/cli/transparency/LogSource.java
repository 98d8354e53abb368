package dev.mvm.cli.transparency;

import dev.mvm.cli.failure.Failure;
import dev.mvm.model.Digest;
import java.util.Optional;

/// Where a log is read from. Nothing of what it says is believed.
public interface LogSource {
    /// The envelope of its newest head; nothing if the log is empty.
    Optional<byte[]> head() throws Failure;

    /// The envelope of a state; nothing behind the last. They are asked for in order, from 0.
    Optional<byte[]> state(long index) throws Failure;

    /// The envelope of a grant, if it is there.
    Optional<byte[]> grant(Digest digest) throws Failure;
}
