package dev.mvm.hostd.machine;

import dev.mvm.hostd.engine.Engine;
import dev.mvm.hostd.network.LinuxNetworks;
import dev.mvm.model.Slot;
import java.util.function.Consumer;

/// The host that VMs run on.
///
/// @param log takes one line for hostd's own log
public record VmHost(Engine engine, LinuxNetworks networks, HostServices services, Consumer<String> log) {
    /// Returns the user of this host that runs a slot's VMM.
    int user(Slot slot) {
        return engine.user(slot.uid());
    }
}
