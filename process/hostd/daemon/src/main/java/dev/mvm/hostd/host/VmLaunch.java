package dev.mvm.hostd.host;

import dev.mvm.hostd.registry.VmIdentity;

/// One launch of a VM, step by step. A boot takes the steps [#launchPaused], [#proveJail], [#resume] and
/// [#openNetwork]; a wake takes all of them in the order of this interface. If a step fails, no other follows.
public interface VmLaunch extends AutoCloseable {
    /// Makes the VM's process, which executes nothing yet: an identity that is recorded now can be found again after a
    /// crash.
    ///
    /// @throws StepException `attach` if no drives are attached; `no_filter` if its pool is strict and no filter is
    ///     installed for the VMM
    VmIdentity launchPaused() throws StepException;

    /// Limits the process, lets it become the VMM, configures it, and proves its jail. No instruction of the guest has
    /// run afterwards.
    void proveJail() throws StepException;

    /// Has a sealer verify that the snapshot is that of the instance's epoch. Nothing of it is used yet.
    void verifyManifest() throws StepException;

    /// Loads the snapshot's state into the VMM. Precondition: the epoch is consumed.
    void loadState() throws StepException;

    /// Follows, on a thread of its own, a sealer that still brings memory. If it fails, the VM is killed.
    void followRestore() throws StepException;

    /// Lets the guest run, and proves the jail of the threads that run it.
    void resume() throws StepException;

    /// Waits until the guest has confirmed that its random generator is reseeded.
    ///
    /// @throws StepException `guest_not_rekeyed` if it does not confirm
    void reseed() throws StepException, InterruptedException;

    /// Connects the guest to its network. This is the last step: from then on closing leaves the VM alone.
    void openNetwork() throws StepException;

    /// Ends the VM and removes everything of it but its snapshot, unless [#openNetwork] was done.
    @Override
    void close() throws StepException;
}
