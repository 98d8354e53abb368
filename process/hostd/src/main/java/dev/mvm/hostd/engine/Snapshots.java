package dev.mvm.hostd.engine;

import dev.mvm.hostd.host.Machines;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.key.KeySource;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.trust.InstalledState;
import java.util.Optional;
import java.util.function.Supplier;

/// What seals VMs into snapshots on disk, and opens them.
///
/// Thread-safe.
public interface Snapshots {
    /// What it needs of hostd.
    ///
    /// @param sealers where sealers are asked for
    /// @param directory root's own, for nothing else
    /// @param state the one in force
    record Place(UnixAddress sealers, Directory directory, KeySource keys, Supplier<Optional<InstalledState>> state) {}

    /// Seals a VM that is paused, under the instance's epoch. It is paused afterwards as well.
    ///
    /// @return how many bytes the snapshot takes on disk, where it is when this returns
    long seal(InstanceRecord instance, Directory io) throws StepException;

    /// Opens the snapshot of the instance's epoch into a VM that is prepared and was started for that, [Boot#resumes].
    ///
    /// @param consumption run once the snapshot is known to be that one, and before anything of it is given out
    void open(InstanceRecord instance, Directory io, Machines.Consumption consumption) throws StepException;

    /// Puts the snapshot of an instance that sleeps under the key of a state that is about to be in force. Until it is,
    /// it opens with the old one.
    void rekey(InstalledState next, InstanceRecord instance) throws StepException;

    /// Ends the sealing of an instance that is under way.
    ///
    /// @return whether there was one
    boolean interrupt(InstanceId instance) throws StepException;

    /// Destroys an instance's snapshot, if there is one: nobody can open it any more, nor a copy of its streams.
    void destroy(InstanceId instance) throws StepException;
}
