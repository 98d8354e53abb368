package dev.mvm.coordinator.trust;

/// The readers and signers of signed documents.
public record Documents(GrantReader grants, NodeReader nodes, FleetReader fleet, StateSigner states, Roots roots) {}
