package dev.mvm.hostd.host;

import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.VmIdentity;
import dev.mvm.linux.fd.Fd;
import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.RefusedException;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;

/// The VMs themselves. Whoever calls holds the instance's lock, so that there is one call at a time for each.
public interface Machines {
    /// Called when the VM's process is known and before it executes anything: what is written down now can be found
    /// again after a crash.
    @FunctionalInterface
    interface IdentityListener {
        void known(VmIdentity identity) throws StepException;
    }

    /// What is done between the proof that a snapshot is the right one and its opening.
    @FunctionalInterface
    interface Consumption {
        void run() throws StepException;
    }

    /// What is known about a VM's guest.
    ///
    /// @param connected whether the agent is on the line
    /// @param ready whether it says that it is ready
    record Guest(boolean connected, boolean ready, Observation.Hook hook) {
        public static final Guest ABSENT = new Guest(false, false, Observation.Hook.NONE);
    }

    /// What they run under.
    Hypervisor hypervisor();

    /// Compares the artefacts of the instance's revision with their digests, opens its volume, and holds them for its
    /// next start.
    ///
    /// @param held how many GiB its volume has already; with 0 it may have none, which is made then
    /// @throws ArtefactException if one is missing or differs
    void attach(InstanceRecord instance, int held) throws ArtefactException, StepException;

    boolean attached(InstanceId instance);

    /// Starts a VM: network device, process, boot. When this returns, its processors run.
    ///
    /// @throws StepException if it did not; nothing of it is left then
    void start(InstanceRecord instance, TenantNet network, IdentityListener listener)
            throws StepException, InterruptedException;

    /// Stops the processors; fine when they stand.
    void pause(InstanceId instance) throws StepException;

    void resume(InstanceId instance) throws StepException;

    /// Whether a VM can be put to sleep.
    boolean sleeps(InstanceId instance) throws StepException;

    /// Asks the guest of a VM that runs to make itself ready for sleep.
    ///
    /// @return whether it is
    boolean prepareSleep(InstanceId instance) throws InterruptedException;

    /// Seals a VM that is paused, under the epoch of `instance`. It is paused afterwards as well.
    ///
    /// @return how many bytes the snapshot takes, all on stable storage
    long seal(InstanceRecord instance) throws StepException;

    /// Ends what [#seal] is doing to an instance; it fails then.
    ///
    /// @return whether it was doing anything
    boolean interrupt(InstanceId instance) throws StepException;

    /// Starts a VM that goes on where it was sealed. When this returns, its guest has new random numbers and the
    /// time of day, and is on its network.
    ///
    /// @param consumption run when the snapshot is known to be that of `instance`'s epoch, before it is used
    /// @throws StepException if it does not run; nothing of it is left then but the snapshot
    void wake(InstanceRecord instance, TenantNet network, IdentityListener listener, Consumption consumption)
            throws StepException, InterruptedException;

    /// Destroys an instance's snapshot. Fine when there is none.
    void forget(InstanceId instance) throws StepException;

    /// Asks the guest to power off and waits for the VM's end, at most for `grace`.
    ///
    /// @return whether it has ended
    boolean powerOff(InstanceId instance, Duration grace);

    /// Ends the VM and removes whatever it had on the host. Fine when there is nothing.
    void end(InstanceRecord instance) throws StepException;

    /// Destroys what outlives a VM's end. Fine when there is nothing.
    void erase(InstanceId instance) throws StepException;

    /// Puts what is encrypted of `instances` under the keys of a state that is about to be in force.
    ///
    /// @throws RefusedException if that does not work: then the state must not be
    void rekey(InstalledState next, Collection<InstanceRecord> instances) throws RefusedException;

    /// Takes up a VM again that an earlier hostd has started, if it is still that very process.
    ///
    /// @param network its tenant's, whose rules are made again before it is taken up
    /// @return the state it is in, empty if it is gone
    Optional<InstanceState> adopt(InstanceRecord instance, TenantNet network) throws StepException;

    /// What is known about the guest of a VM that runs.
    Guest guest(InstanceId instance);

    /// Milliseconds of processor that a VM has used, 0 if it is not there.
    long cpuMillis(InstanceId instance);

    /// Asks the guest agent for a sign of life.
    ///
    /// @return whether one came in time
    boolean ping(InstanceId instance) throws InterruptedException;

    /// Has a program run in the guest. What becomes of it, whoever asked hears from the process that reads guests.
    ///
    /// @param exec what the guest is told of it, unread
    /// @param ahead what was read of the connection beyond that, less than 4096 bytes
    /// @param agent the connection of whoever asked, that process's from then on; the descriptor is its owner's
    /// @return empty if it has been passed on
    Optional<Refusal> exec(InstanceId instance, Bytes exec, Bytes ahead, Fd agent);
}
