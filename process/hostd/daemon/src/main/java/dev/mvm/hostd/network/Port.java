package dev.mvm.hostd.network;

import dev.mvm.linux.netdev.InterfaceName;
import dev.mvm.linux.netdev.MacAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import java.util.HexFormat;

/// A VM's port on its tenant's bridge.
///
/// @param uid the user who may attach to the port's tap
/// @param isolated whether the port reaches no other isolated port
/// @param egress whether the VM may send out by the uplink
record Port(InstanceId instance, TenantNet network, Slot slot, int uid, boolean isolated, boolean egress) {
    InterfaceName tap() {
        return new InterfaceName(slot.tap());
    }

    MacAddress mac() {
        return MacAddress.of(HexFormat.ofDelimiter(":").parseHex(slot.mac()));
    }

    String address() {
        return network.address(slot).toString();
    }
}
