package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceAddress;
import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.hostd.HostOperation;
import java.util.List;

/// Steps towards the desired state. Networks come first, then the waves one after another. Within a wave no order
/// matters: whichever step comes first, and whichever are under way together, no quota is exceeded and hostd has no
/// reason to refuse. The waves of one tenant do not depend on those of another.
///
/// @param networks tenants' networks to make first
/// @param shortfalls what is wanted and cannot be, by pool and lack
public record Plan(List<HostOperation.SetupNetwork> networks, List<Wave> waves, List<Shortfall> shortfalls) {
    public static final Plan NOTHING = new Plan(List.of(), List.of(), List.of());

    /// Steps on as many instances, by tenant, in the order in which they are best begun.
    public record Wave(List<Step> steps) {
        public Wave {
            steps = List.copyOf(steps);
        }
    }

    /// One thing that hostd is asked for.
    ///
    /// @param operation on that instance, or the one that creates it
    /// @param needsRoom whether there is only room for it once steps of earlier waves have worked
    /// @param last whether nothing further is planned for the instance
    public record Step(
            InstanceAddress instance, HostOperation operation, StepReason why, boolean needsRoom, boolean last) {}

    /// What stays undone.
    ///
    /// @param instances how many, 1 or more
    public record Shortfall(PoolAddress pool, UnmetReason lack, int instances) {}

    public Plan {
        networks = List.copyOf(networks);
        waves = List.copyOf(waves);
        shortfalls = List.copyOf(shortfalls);
    }

    /// Whether there is nothing to do, be it because all is as wanted or because it cannot be.
    public boolean isEmpty() {
        return networks.isEmpty() && waves.isEmpty();
    }

    /// All steps, wave after wave.
    public List<Step> steps() {
        return waves.stream().flatMap(wave -> wave.steps().stream()).toList();
    }
}
