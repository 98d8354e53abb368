package dev.mvm.agentd.metrics;

import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.Observation;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Measures each sleep and each wake by observations. Those before the first observation are not counted.
/// Thread-safe.
public final class SleepTimes {
    private final Tally tally;
    private Optional<Map<InstanceId, Observation.Instance>> earlierInstances = Optional.empty();

    public SleepTimes(Tally tally) {
        this.tally = tally;
    }

    /// Takes a new observation.
    public synchronized void observed(Observation observation) {
        var now = new HashMap<InstanceId, Observation.Instance>();
        for (var instance : observation.instances()) {
            now.put(instance.address().instance(), instance);
        }
        earlierInstances.ifPresent(before -> now.forEach((id, instance) ->
                instance.sleep().ifPresent(sleep -> compare(Optional.ofNullable(before.get(id)), instance, sleep))));
        earlierInstances = Optional.of(now);
    }

    private void compare(Optional<Observation.Instance> before, Observation.Instance instance, Observation.Sleep now) {
        var earlier = before.flatMap(Observation.Instance::sleep);
        boolean slept = earlier.filter(sleep -> sleep.at() == now.at()).isEmpty();
        if (slept && now.sealMillis() > 0) {
            tally.took(AgentMetric.SEAL_DURATION, Duration.ofMillis(now.sealMillis()));
        }
        boolean anotherTime =
                earlier.filter(sleep -> sleep.openMillis() == now.openMillis()).isEmpty();
        boolean ranOn =
                before.filter(was -> was.state() == InstanceState.SLEEPING).isPresent()
                        && instance.state() == InstanceState.RUNNING;
        if ((anotherTime || ranOn) && now.openMillis() > 0) {
            tally.took(AgentMetric.OPEN_DURATION, Duration.ofMillis(now.openMillis()));
        }
    }
}
