package dev.mvm.hostd.engine;

import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.protocol.sealer.TransferMode;
import java.util.List;

/// The way of one VM's state between its VMM and a sealer.
public interface StateTransfer extends AutoCloseable {
    TransferMode way();

    /// What a sealer is handed; it stays the passage's.
    List<Fd> descriptors();

    /// A sealer has been handed a copy of them, and its connection is `sealer`, which stays its owner's.
    void handed(Fd sealer) throws StepException;

    /// Has the VMM write, or load, what does not go by itself.
    default void pass() throws StepException {}

    /// Waits until the VMM has given, or taken, all of what goes by itself.
    ///
    /// @throws StepException if it has not
    default void finish() throws StepException {}

    /// The sealer's last word has been said, and this came with it. It is owned here from now on.
    void returned(Fd descriptor) throws StepException;

    @Override
    void close() throws StepException;
}
