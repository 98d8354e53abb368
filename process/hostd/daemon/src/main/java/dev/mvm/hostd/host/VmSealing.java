package dev.mvm.hostd.host;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.model.InstanceId;

/// Seals VMs, and destroys their snapshots.
///
/// Precondition of all methods but [#interrupt]: the caller holds the instance's lock.
public interface VmSealing {
    /// Returns whether a VM can be put to sleep.
    boolean sleeps(InstanceId instance) throws StepException;

    /// Seals a VM that is paused, under the epoch of `instance`. It is paused afterwards as well.
    ///
    /// @return size of the snapshot in bytes, all on stable storage
    long seal(InstanceRecord instance) throws StepException;

    /// Returns whether the key for its snapshots can be opened now, if the state in force names one.
    boolean keyAtHand(InstanceRecord instance);

    /// Interrupts a [#seal] of an instance that is under way, which then fails.
    ///
    /// @return whether one was under way
    boolean interrupt(InstanceId instance) throws StepException;

    /// Destroys an instance's snapshot. No-op if absent.
    void forget(InstanceId instance) throws StepException;
}
