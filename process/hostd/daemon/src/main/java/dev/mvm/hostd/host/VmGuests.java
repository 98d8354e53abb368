package dev.mvm.hostd.host;

import dev.mvm.linux.fd.Fd;
import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;

/// Guests of VMs that run, by what their tenant's guestd reports. Thread-safe.
public interface VmGuests {
    /// State of a VM's guest.
    ///
    /// @param connected whether its agent is connected
    /// @param ready whether its agent has reported that it is ready
    /// @param hook last report of the worker in the guest
    record Guest(boolean connected, boolean ready, Observation.Hook hook) {
        public static final Guest ABSENT = new Guest(false, false, Observation.Hook.NONE);
    }

    /// Returns the state of a VM's guest, [Guest#ABSENT] if there is no VM.
    Guest guest(InstanceId instance);

    /// Returns the processor time that a VM has used in milliseconds, 0 if there is no VM.
    long cpuMillis(InstanceId instance);

    /// Asks the guest agent for a sign of life.
    ///
    /// @return whether one came in time
    boolean ping(InstanceId instance) throws InterruptedException;

    /// Asks the guest of a VM that runs to prepare for sleep.
    ///
    /// @return whether it is prepared
    boolean prepareSleep(InstanceId instance) throws InterruptedException;

    /// Has the process that reads the tenant's guests answer an agent. It starts if it is not there: it may have what
    /// a VM has printed that has ended.
    ///
    /// @param net the tenant's
    /// @param ahead bytes read of the connection beyond the request, less than 4096
    /// @param agent connection to the agent, which that process uses from then on; the descriptor is its owner's
    /// @return whether it has been passed on
    boolean handOver(HostOperation.HandOver o, NetId net, Bytes ahead, Fd agent);
}
