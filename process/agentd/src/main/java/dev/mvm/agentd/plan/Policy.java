package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.PoolAddress;
import java.util.Map;
import java.util.Set;

/// Local decisions within the limits of the signed state.
///
/// @param manual instances that an operator holds in their state
/// @param idle instances that need not run, although their pool's count would have them run
/// @param prune treatment of instances that the signed state does not name
/// @param coldBoot pools whose instances are booted afresh if their snapshot no longer fits this machine; instances
///     of others stay asleep
public record Policy(Set<InstanceId> manual, Map<InstanceId, IdleTarget> idle, Prune prune, Set<PoolAddress> coldBoot) {
    /// No local decision.
    public static final Policy NONE = new Policy(Set.of(), Map.of(), Prune.NOTHING, Set.of());

    /// The state to which an idle instance is taken, and the reason.
    ///
    /// @param state Warm or Sleeping; an instance that is further down stays there
    public record IdleTarget(InstanceState state, StepReason reason) {
        public IdleTarget {
            if (state != InstanceState.WARM && state != InstanceState.SLEEPING) {
                throw new IllegalArgumentException("not a state of idle instances: " + state);
            }
        }
    }

    /// Instances that are destroyed because the signed state does not name them, and not only stopped.
    ///
    /// @param tenants whether those of unknown tenants are
    /// @param pools whether those of unknown pools of known tenants are
    public record Prune(boolean tenants, boolean pools) {
        public static final Prune NOTHING = new Prune(false, false);
    }

    public Policy {
        manual = Set.copyOf(manual);
        idle = Map.copyOf(idle);
        coldBoot = Set.copyOf(coldBoot);
    }

    public static Policy holding(Set<InstanceId> manual) {
        return new Policy(manual, Map.of(), Prune.NOTHING, Set.of());
    }

    /// Returns whether the policy names no single instance.
    boolean namesNone() {
        return manual.isEmpty() && idle.isEmpty();
    }
}
