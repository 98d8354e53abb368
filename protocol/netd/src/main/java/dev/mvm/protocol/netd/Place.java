package dev.mvm.protocol.netd;

import dev.mvm.model.Slot;

/// The place of an instance on its tenant's network, whether the instance runs or not.
///
/// @param isolated it does not reach its neighbours
/// @param egress it may reach the world by the node's uplink
public record Place(Slot slot, boolean isolated, boolean egress) {
    String line() {
        return "place " + slot + (isolated ? " isolated" : "") + (egress ? " egress" : "") + "\n";
    }
}
