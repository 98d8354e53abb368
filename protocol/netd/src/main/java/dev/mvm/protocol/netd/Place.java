package dev.mvm.protocol.netd;

import dev.mvm.model.Slot;

/// The place of an instance on its tenant's network, whether the instance runs or not.
///
/// @param isolated it does not reach its neighbours
/// @param egress it may reach the world by the node's uplink
/// @param mib the most that it sends, and the most that it receives, MiB a second; 0 for no limit
/// @param packets the same in packets a second
public record Place(Slot slot, boolean isolated, boolean egress, int mib, int packets) {
    String line() {
        var rates = " " + mib + " " + packets;
        return "place " + slot + rates + (isolated ? " isolated" : "") + (egress ? " egress" : "") + "\n";
    }
}
