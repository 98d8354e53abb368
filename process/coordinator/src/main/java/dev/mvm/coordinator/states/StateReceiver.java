package dev.mvm.coordinator.states;

import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.model.NodeId;

/// Told of the state of each connected node, again in each pass. Returns at once.
@FunctionalInterface
public interface StateReceiver {
    /// Does nothing.
    StateReceiver NONE = (_, _, _) -> {};

    /// A node's state is in the log, and was sent to the node.
    void current(FleetState fleet, NodeId node, StateIssuer.Due due);
}
