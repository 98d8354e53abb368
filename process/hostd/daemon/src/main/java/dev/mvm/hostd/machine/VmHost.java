package dev.mvm.hostd.machine;

import dev.mvm.hostd.engine.Engine;
import dev.mvm.hostd.network.NetdNetworks;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Rates;
import dev.mvm.model.Slot;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/// The host that VMs run on.
///
/// @param flags what the state in force says of an instance's pool
/// @param rates what it says of them
/// @param log takes one line for hostd's own log
public record VmHost(
        Engine engine,
        NetdNetworks networks,
        Function<InstanceRecord, Set<PoolFlag>> flags,
        Function<InstanceRecord, Rates> rates,
        HostServices services,
        Consumer<String> log) {
    /// Returns the user of this host that runs a slot's VMM.
    int user(Slot slot) {
        return engine.user(slot.uid());
    }
}
