package dev.mvm.agentd.idle;

import dev.mvm.protocol.hostd.Observation;

/// ARP requests for the address of an instance up to one observation.
///
/// @param idle whether the instance was paused or asleep at that observation
/// @param count requests since hostd was started
record ArpRequests(boolean idle, long count) {
    static ArpRequests of(Observation.Instance instance) {
        return new ArpRequests(instance.state().rests(), instance.usage().asked());
    }

    /// Returns whether there has been a request since, and the instance has been idle all the time. After a restart
    /// hostd counts from 0, so that a lower figure says nothing.
    boolean before(ArpRequests now) {
        return idle && now.idle && now.count > count;
    }
}
