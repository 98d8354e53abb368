package dev.mvm.hostd.engine;

import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.fd.Fd;

/// A VM's state on its way out of its VMM, or into it.
public interface Passage extends AutoCloseable {
    /// What it comes out of or goes into; it stays the passage's.
    Fd stream();

    /// Waits until the VMM has given, or taken, all of it.
    ///
    /// @throws StepException if it has not
    void finish() throws StepException;

    @Override
    void close();
}
