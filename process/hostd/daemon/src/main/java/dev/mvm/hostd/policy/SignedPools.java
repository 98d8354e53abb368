package dev.mvm.hostd.policy;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Rates;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// The pools of instances in the state in force. Without its pool an instance has the strictest of everything.
public final class SignedPools {
    private final Supplier<Optional<InstalledState>> state;

    /// @param state the one in force at each call
    public SignedPools(Supplier<Optional<InstalledState>> state) {
        this.state = state;
    }

    /// Returns the flags of the instance's pool.
    public Set<PoolFlag> flags(InstanceRecord instance) {
        return pool(instance).map(NodeState.Pool::flags).orElse(Set.of(PoolFlag.ISOLATED, PoolFlag.STRICT));
    }

    /// Returns the rates of the instance's pool.
    public Rates rates(InstanceRecord instance) {
        return pool(instance).map(NodeState.Pool::rates).orElse(Rates.LEAST);
    }

    private Optional<NodeState.Pool> pool(InstanceRecord instance) {
        return state.get()
                .flatMap(installed -> installed.pool(instance.address().poolAddress()));
    }
}
