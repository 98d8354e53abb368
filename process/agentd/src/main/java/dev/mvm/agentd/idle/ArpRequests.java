package dev.mvm.agentd.idle;

import dev.mvm.protocol.hostd.Observation;

/// How often somebody on its network had asked for an instance, when it was looked at last.
///
/// @param rested whether it rested then
record ArpRequests(boolean rested, long times) {
    static ArpRequests of(Observation.Instance instance) {
        return new ArpRequests(instance.state().rests(), instance.usage().asked());
    }

    /// Whether somebody has asked for it since, and it has rested all the time. hostd counts from 0 when it is started.
    boolean before(ArpRequests now) {
        return rested && now.rested && now.times > times;
    }
}
