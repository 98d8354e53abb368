package dev.mvm.hostd.network;

import dev.mvm.linux.netdev.InterfaceName;
import dev.mvm.model.InstanceId;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;

/// A VM's place on its tenant's bridge.
///
/// @param uid the user who may attach to its tap
/// @param isolated whether it reaches no other isolated one
/// @param egress whether it may send out by the uplink
record Port(InstanceId instance, TenantNet network, Slot slot, int uid, boolean isolated, boolean egress) {
    InterfaceName tap() {
        return new InterfaceName(slot.tap());
    }

    String address() {
        return network.address(slot).toString();
    }
}
