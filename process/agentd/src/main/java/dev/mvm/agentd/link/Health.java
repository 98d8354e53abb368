package dev.mvm.agentd.link;

import static java.util.stream.Collectors.groupingBy;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.reconcile.Observed;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Observation;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/// Pings running guests every few seconds: those of one tenant one after another, and tenants side by side, so that
/// guests that do not answer hold up pings of their own tenant. An instance is healthy when its guest agent is
/// connected and ready and has not missed three pings in a row.
public final class Health implements Runnable {
    private static final Duration PERIOD = Duration.ofSeconds(5);
    private static final int MISSES = 3;

    /// Tenants that are pinged at a time: an eighth of the connections that hostd takes, of which plans need most.
    private static final int PARALLEL = 8;

    private final Hostd hostd;
    private final Observed observed;
    private final Runnable changed;
    private final Map<InstanceId, Integer> misses = new ConcurrentHashMap<>();
    private final Set<TenantId> underWay = ConcurrentHashMap.newKeySet();
    private final Semaphore places = new Semaphore(PARALLEL, true);

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

    /// Begins to ping every running guest once, but for those of tenants whose last round is still under way.
    void round(Observation observation) {
        var running = observation.instances().stream()
                .filter(instance -> instance.state() == InstanceState.RUNNING && instance.connected())
                .toList();
        misses.keySet()
                .retainAll(running.stream()
                        .map(instance -> instance.address().instance())
                        .toList());
        running.stream()
                .collect(groupingBy(instance -> instance.address().tenant()))
                .forEach(this::begin);
    }

    private void begin(TenantId tenant, List<Observation.Instance> running) {
        if (!underWay.add(tenant)) {
            return;
        }
        Thread.ofVirtual().name("health " + tenant).start(() -> {
            try {
                for (var instance : running) {
                    ping(instance);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                underWay.remove(tenant);
            }
        });
    }

    private void ping(Observation.Instance instance) throws InterruptedException {
        places.acquire();
        try {
            boolean before = healthy(instance);
            note(instance.address().instance());
            if (healthy(instance) != before) {
                changed.run();
            }
        } finally {
            places.release();
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
