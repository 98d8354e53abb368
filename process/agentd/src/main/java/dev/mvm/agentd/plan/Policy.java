package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.PoolAddress;
import java.util.Map;
import java.util.Set;

/// What decides beside the signed state, within it.
///
/// @param manual instances that an operator has put where they are and that stay there for now
/// @param resting instances that need not run, although their pool's count would have them run
/// @param prune what is done about instances that the signed state does not know
/// @param coldBoot pools whose instances are booted afresh if their snapshot does not fit this machine any more; those
///     of others are held as they are
public record Policy(Set<InstanceId> manual, Map<InstanceId, Rest> resting, Prune prune, Set<PoolAddress> coldBoot) {
    /// What there is without a policy.
    public static final Policy NONE = new Policy(Set.of(), Map.of(), Prune.NOTHING, Set.of());

    /// Why an instance rests and how deep.
    ///
    /// @param state Warm or Sleeping: at least that
    public record Rest(InstanceState state, StepReason why) {
        public Rest {
            if (state != InstanceState.WARM && state != InstanceState.SLEEPING) {
                throw new IllegalArgumentException("nothing rests in state " + state);
            }
        }
    }

    /// Whose instances are destroyed if the signed state does not name them.
    ///
    /// @param tenants those of tenants
    /// @param pools those of pools of tenants that it does name
    public record Prune(boolean tenants, boolean pools) {
        public static final Prune NOTHING = new Prune(false, false);
    }

    public Policy {
        manual = Set.copyOf(manual);
        resting = Map.copyOf(resting);
        coldBoot = Set.copyOf(coldBoot);
    }

    public static Policy holding(Set<InstanceId> manual) {
        return new Policy(manual, Map.of(), Prune.NOTHING, Set.of());
    }

    /// Whether it says nothing about single instances.
    boolean namesNone() {
        return manual.isEmpty() && resting.isEmpty();
    }
}
