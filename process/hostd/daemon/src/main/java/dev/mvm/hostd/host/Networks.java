package dev.mvm.hostd.host;

import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.Observation.Finding;
import dev.mvm.protocol.trust.InstalledState;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Tenants' networks on this node.
public interface Networks {
    /// Makes bridge and address of `net`, and the filter rules of all tenants, what `state` says; as a whole or not
    /// at all.
    void setUp(InstalledState state, NetId net) throws StepException;

    /// The nets that are as the state in force says.
    Set<NetId> up();

    /// Compares what is on this node with what must be.
    ///
    /// @param deep whether to show with frames what gets by, too
    List<Finding> verify(boolean deep) throws StepException;

    /// Returns the bytes that each interface of this node has carried, both ways, by its name.
    Map<String, Long> traffic();

    /// Returns the number of requests for each slot's address on its tenant's network since hostd has been running. A
    /// slot without requests may be missing.
    Map<Slot, Long> asked();

    /// A new state is in force: networks that it changes are no longer up.
    void stateChanged(InstalledState state) throws StepException;
}
