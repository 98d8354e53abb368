package dev.mvm.hostd.engine;

import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.protocol.sealer.TransferMode;
import java.util.List;

/// Transfer of one VM's state between its VMM and a sealer.
public interface StateTransfer extends AutoCloseable {
    TransferMode way();

    /// Descriptors for the sealer; they stay the transfer's.
    List<Fd> descriptors();

    /// A sealer has been handed a copy of them, and its connection is `sealer`, which stays its owner's.
    void handed(Fd sealer) throws StepException;

    /// Has the VMM save or load its state, unless that goes on by itself.
    default void pass() throws StepException {}

    /// Waits until the VMM has saved or loaded all of a state that goes on by itself.
    ///
    /// @throws StepException if it has not
    default void finish() throws StepException {}

    /// Takes a descriptor that came with the sealer's last reply. It is owned here from now on.
    void returned(Fd descriptor) throws StepException;

    @Override
    void close() throws StepException;
}
