package dev.mvm.hostd.network;

/// An address on a tenant's network, as the packet filter has it.
///
/// @param bridge name of the network's bridge
record BridgeAddress(String bridge, String address) {}
