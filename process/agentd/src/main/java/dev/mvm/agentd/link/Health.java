package dev.mvm.agentd.link;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.reconcile.Observed;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Observation;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Pings running guests every few seconds. An instance is healthy when its guest agent is connected and ready and
/// has not missed three pings in a row.
public final class Health implements Runnable {
    private static final Duration PERIOD = Duration.ofSeconds(5);
    private static final int MISSES = 3;

    private final Hostd hostd;
    private final Observed observed;
    private final Runnable changed;
    private final Map<InstanceId, Integer> misses = new ConcurrentHashMap<>();

    /// @param changed called when the health of an instance has changed
    public Health(Hostd hostd, Observed observed, Runnable changed) {
        this.hostd = hostd;
        this.observed = observed;
        this.changed = changed;
    }

    public boolean healthy(Observation.Instance instance) {
        return instance.state() == InstanceState.RUNNING
                && instance.connected()
                && instance.ready()
                && misses.getOrDefault(instance.address().instance(), 0) < MISSES;
    }

    @Override
    public void run() {
        try {
            while (true) {
                Thread.sleep(PERIOD);
                observed.latest().ifPresent(this::round);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Pings every running guest once.
    void round(Observation observation) {
        var running = observation.instances().stream()
                .filter(instance -> instance.state() == InstanceState.RUNNING && instance.connected())
                .toList();
        misses.keySet()
                .retainAll(running.stream()
                        .map(instance -> instance.address().instance())
                        .toList());
        for (var instance : running) {
            boolean before = healthy(instance);
            note(instance.address().instance());
            if (healthy(instance) != before) {
                changed.run();
            }
        }
    }

    private void note(InstanceId id) {
        try {
            if (hostd.call(new HostOperation.GuestPing(id)) instanceof HostReply.Done) {
                misses.remove(id);
            } else {
                misses.merge(id, 1, Integer::sum);
            }
        } catch (IOException e) {
            misses.merge(id, 1, Integer::sum);
        }
    }
}
