package dev.mvm.netd;

/// An address on a tenant's network, as the packet filter has it.
///
/// @param bridge the network's
record BridgeAddress(String bridge, String address) {}
