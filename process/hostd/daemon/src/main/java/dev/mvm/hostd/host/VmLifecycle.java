package dev.mvm.hostd.host;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.TenantNet;
import java.time.Duration;
import java.util.Optional;

/// Makes VMs and ends them.
///
/// Precondition of all methods: the caller holds the instance's lock, so that there is one call at a time for each.
public interface VmLifecycle {
    /// Describes the VMM and the accelerator.
    Hypervisor hypervisor();

    /// Compares the artefacts of the instance's revision with their digests, opens its volume, and holds them for its
    /// next start.
    ///
    /// @param held size of the existing volume in GiB; 0 permits a missing volume, which is made then
    /// @throws ArtefactException if one is missing or differs
    void attach(InstanceRecord instance, int held) throws ArtefactException, StepException;

    /// Returns whether artefacts are held for the next start that the grant in force still allows.
    boolean attached(InstanceRecord instance);

    /// Prepares to launch a VM with the drives that are attached, which the launch closes in any case.
    ///
    /// @param resumes whether it continues from a snapshot; otherwise it boots
    VmLaunch launch(InstanceRecord instance, TenantNet network, boolean resumes);

    /// Stops the processors; no-op if they are stopped.
    void pause(InstanceId instance) throws StepException;

    /// Lets the processors run again.
    void resume(InstanceId instance) throws StepException;

    /// Asks the guest to power off and waits for the VM's end, at most for `grace`.
    ///
    /// @return whether it has ended
    boolean powerOff(InstanceId instance, Duration grace);

    /// Ends the VM and removes its tap, descriptors and volume mapping from the host. No-op if absent.
    void end(InstanceRecord instance) throws StepException;

    /// Destroys snapshot and volume, which outlive a VM's end. No-op if absent.
    void erase(InstanceId instance) throws StepException;

    /// Puts volume and snapshot of an instance under the keys in force. Until that is done they open with the
    /// ones that these have replaced.
    ///
    /// @return whether neither is under any other key now; false if no key is in force for one
    boolean rekey(InstanceRecord instance) throws StepException;

    /// Adopts a VM that an earlier hostd has started, if its process is still the recorded one.
    ///
    /// @param network its tenant's, whose rules are made again before the VM is adopted
    /// @return the state it is in, empty if it is gone
    Optional<InstanceState> adopt(InstanceRecord instance, TenantNet network) throws StepException;
}
