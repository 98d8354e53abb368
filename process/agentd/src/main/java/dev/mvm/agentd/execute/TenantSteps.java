package dev.mvm.agentd.execute;

import dev.mvm.agentd.plan.Plan;
import dev.mvm.model.InstanceAddress;
import dev.mvm.protocol.hostd.HostOperation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The steps of one tenant and their outcomes. Thread-safe once all steps have been added.
final class TenantSteps {
    private final List<List<Plan.Step>> waves = new ArrayList<>();
    private final Map<InstanceAddress, Outcome> outcomes = new LinkedHashMap<>();
    private final Map<InstanceAddress, Integer> left = new LinkedHashMap<>();
    private boolean roomMissing;
    private boolean ended;

    void add(int wave, Plan.Step step) {
        while (waves.size() <= wave) {
            waves.add(new ArrayList<>());
        }
        waves.get(wave).add(step);
        left.merge(step.instance(), 1, Integer::sum);
    }

    List<List<Plan.Step>> waves() {
        return waves;
    }

    /// Returns whether no step of the instance has failed and earlier steps have made the room that `step` needs.
    /// Without that room the outcome of the instance becomes `waiting`.
    synchronized boolean mayTry(Plan.Step step) {
        var outcome = outcomes.get(step.instance());
        if (outcome instanceof Outcome.Blocked || outcome instanceof Outcome.Rejected) {
            return false;
        }
        if (step.needsRoom() && roomMissing) {
            outcomes.put(step.instance(), new Outcome.Blocked(Outcome.WAITING));
            return false;
        }
        return true;
    }

    synchronized boolean isFirst(Plan.Step step) {
        return !outcomes.containsKey(step.instance());
    }

    synchronized void note(Plan.Step step, Outcome outcome) {
        outcomes.merge(step.instance(), outcome, Outcome::and);
        left.computeIfPresent(step.instance(), (_, steps) -> steps > 1 ? steps - 1 : null);
        boolean failed = outcome instanceof Outcome.Blocked || outcome instanceof Outcome.Rejected;
        roomMissing |= failed && givesRoom(step.operation());
    }

    private static boolean givesRoom(HostOperation operation) {
        return operation instanceof HostOperation.StopInstance
                || operation instanceof HostOperation.SleepInstance
                || operation instanceof HostOperation.PauseInstance
                || operation instanceof HostOperation.ResumeInstance
                || operation instanceof HostOperation.DestroyInstance;
    }

    /// Notes that no further step is tried.
    synchronized void end() {
        ended = true;
    }

    /// The outcomes so far. Until the end, an instance whose steps have neither failed nor all worked is
    /// [Outcome#UNDER_WAY].
    synchronized Map<InstanceAddress, Outcome> outcomes() {
        var out = new LinkedHashMap<>(outcomes);
        if (!ended) {
            left.keySet().forEach(address -> out.merge(address, new Outcome.Blocked(Outcome.UNDER_WAY), Outcome::and));
        }
        return out;
    }
}
