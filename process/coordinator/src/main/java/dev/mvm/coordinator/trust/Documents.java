package dev.mvm.coordinator.trust;

/// Everything about signed documents.
public record Documents(GrantReader grants, StateSigner states, Roots roots) {}
