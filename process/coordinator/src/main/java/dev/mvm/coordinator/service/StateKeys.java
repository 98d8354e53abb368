package dev.mvm.coordinator.service;

import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.model.NodeId;

/// Puts the keys that a node is to have into its state.
@FunctionalInterface
public interface StateKeys {
    /// No keys.
    StateKeys NONE = (_, _, content) -> content;

    /// The same state with keys; the same keys in the same bytes for as long as nothing has changed.
    StateContent added(FleetState fleet, NodeId node, StateContent content) throws StoreException;
}
