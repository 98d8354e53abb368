package dev.mvm.hostd.host;

import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.protocol.trust.InstalledState;
import java.util.Map;
import java.util.Set;

/// Tenants' networks on this node.
public interface Networks {
    /// Counts of one moment.
    ///
    /// @param up nets that are as the state in force says
    /// @param traffic bytes that each slot's tap has carried, both ways; of slots whose VM runs
    /// @param asked requests for each slot's address on its tenant's network since hostd has been running. A slot
    ///     without requests may be missing.
    record Count(Set<NetId> up, Map<Slot, Long> traffic, Map<Slot, Long> asked) {}

    /// Makes bridge and address of `net`, and the filter rules of all tenants, what `state` says; as a whole or not
    /// at all.
    void setUp(InstalledState state, NetId net) throws StepException;

    /// Counts.
    ///
    /// @param asked whether requests are counted, too; without, [Count#asked] is empty
    Count count(boolean asked) throws StepException;

    /// Compares what is on this node with what must be.
    ///
    /// @param deep whether to show with frames what gets by, too
    String verify(boolean deep) throws StepException;

    /// A new state is in force: networks that it changes are no longer up.
    void stateChanged(InstalledState state) throws StepException;
}
