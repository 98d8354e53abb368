package dev.mvm.agentd.plan;

import dev.mvm.model.InstanceAddress;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.hostd.HostOperation;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Steps towards the desired state. Networks come first, then the waves one after another. Within a wave no order
/// matters: in every order, and side by side, the steps exceed no quota and give hostd no reason to refuse. The
/// waves of one tenant do not depend on those of another.
///
/// @param networks tenants' networks to make first
/// @param shortfalls instances that are desired and cannot be had, by pool and reason
public record Plan(List<HostOperation.SetupNetwork> networks, List<Wave> waves, List<Shortfall> shortfalls) {
    public static final Plan NOTHING = new Plan(List.of(), List.of(), List.of());

    /// Steps on different instances, by tenant, in the order in which they are best begun.
    public record Wave(List<Step> steps) {
        public Wave {
            steps = List.copyOf(steps);
        }
    }

    /// One operation of hostd.
    ///
    /// @param operation on that instance, or the one that creates it
    /// @param needsRoom whether the step has room only after steps of earlier waves have worked
    /// @param last whether the plan has no further step for the instance
    public record Step(
            InstanceAddress instance, HostOperation operation, StepReason reason, boolean needsRoom, boolean last) {}

    /// Instances of a pool that cannot be brought to their target.
    ///
    /// @param instances number of them, 1 or more
    public record Shortfall(PoolAddress pool, UnmetReason reason, int instances) {}

    public Plan {
        networks = List.copyOf(networks);
        waves = List.copyOf(waves);
        shortfalls = List.copyOf(shortfalls);
    }

    /// Returns whether there is nothing to do: the node has converged, or nothing more is possible.
    public boolean isEmpty() {
        return networks.isEmpty() && waves.isEmpty();
    }

    /// The shortfalls of one tenant.
    public List<Shortfall> shortfalls(TenantId tenant) {
        return shortfalls.stream()
                .filter(shortfall -> shortfall.pool().tenant().equals(tenant))
                .toList();
    }

    /// This plan without the steps of tenants whose earlier steps are under way, since it was made amid these.
    ///
    /// @param underWay those tenants, each with its shortfalls then, which take the place of those of this plan
    public Plan beside(Map<TenantId, List<Shortfall>> underWay) {
        if (underWay.isEmpty()) {
            return this;
        }
        var left = waves.stream()
                .map(wave -> wave.steps().stream()
                        .filter(step -> !underWay.containsKey(step.instance().tenant()))
                        .toList())
                .toList();
        boolean none = left.stream().allMatch(List::isEmpty);
        var lacking = Stream.concat(
                shortfalls.stream()
                        .filter(shortfall ->
                                !underWay.containsKey(shortfall.pool().tenant())),
                underWay.values().stream().flatMap(List::stream));
        return new Plan(
                networks, none ? List.of() : left.stream().map(Wave::new).toList(), lacking.toList());
    }

    /// All steps, wave after wave.
    public List<Step> steps() {
        return waves.stream().flatMap(wave -> wave.steps().stream()).toList();
    }
}
