package dev.mvm.netd;

import dev.mvm.model.InterfaceName;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;

/// A VM's place on its tenant's bridge.
///
/// @param probe whether netd itself holds it, for a verification
/// @param uid the user who may attach to its tap
/// @param isolated whether it reaches no other isolated one
/// @param egress whether it may send out by the uplink
record Port(boolean probe, TenantNet network, Slot slot, int uid, boolean isolated, boolean egress) {
    InterfaceName tap() {
        return new InterfaceName(slot.tap());
    }

    String address() {
        return network.address(slot).toString();
    }
}
