package dev.mvm.netd;

import dev.mvm.model.InterfaceName;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.netd.Place;

/// A VM's place on its tenant's bridge.
///
/// @param probe whether netd itself holds it, for a verification
/// @param uid the user who may attach to its tap
record Port(boolean probe, TenantNet network, int uid, Place place) {
    Slot slot() {
        return place.slot();
    }

    boolean isolated() {
        return place.isolated();
    }

    InterfaceName tap() {
        return new InterfaceName(slot().tap());
    }

    String address() {
        return network.address(slot()).toString();
    }
}
