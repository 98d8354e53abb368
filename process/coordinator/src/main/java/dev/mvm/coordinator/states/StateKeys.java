package dev.mvm.coordinator.states;

import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.model.NodeId;

/// Adds tenants' keys to the states of nodes.
@FunctionalInterface
public interface StateKeys {
    /// Adds no keys.
    StateKeys NONE = (_, _, content) -> content;

    /// Returns `content` with the keys that the node is to have. The result is the same, byte for byte, until a key,
    /// a grant or the node's own key changes.
    StateContent added(FleetState fleet, NodeId node, StateContent content) throws StoreException;
}
