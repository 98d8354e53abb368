package dev.mvm.coordinator.metrics.export;

import dev.mvm.coordinator.exec.Sessions;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.keyd.Keyd;
import dev.mvm.coordinator.metrics.CoordinatorMetric;
import dev.mvm.coordinator.metrics.RequestMetrics;
import dev.mvm.coordinator.node.NodeView;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.metrics.Exposition;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.control.v1.Instance;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.function.Supplier;

/// All metrics of a coordinator, as one document for a scrape. `docs/operations/metrics.md` lists them.
///
/// @param certificate expiry of the server's certificate
/// @param authority expiry of the certificate of the authority that issues
/// @param keyd the key service
public record FleetMetrics(
        RequestMetrics requests,
        Nodes nodes,
        Sessions sessions,
        FleetStore records,
        Supplier<Instant> certificate,
        Supplier<Instant> authority,
        Keyd keyd,
        InstantSource clock) {
    /// Returns the present values in Prometheus' text format.
    public String text() {
        var counts = requests.counts();
        var out = new Exposition()
                .counts(CoordinatorMetric.REQUESTS, counts.counts(CoordinatorMetric.REQUESTS))
                .counts(CoordinatorMetric.REQUESTS_FAILED, counts.counts(CoordinatorMetric.REQUESTS_FAILED))
                .durations(CoordinatorMetric.REQUEST_DURATION, counts.durations(CoordinatorMetric.REQUEST_DURATION))
                .counts(CoordinatorMetric.CONNECTIONS, counts.counts(CoordinatorMetric.CONNECTIONS));
        var views = nodes.views();
        long connected = views.stream().filter(NodeView::connected).count();
        out.sample(CoordinatorMetric.NODES, connected, "connected")
                .sample(CoordinatorMetric.NODES, views.size() - connected, "lost");
        var states = nodes.instances().stream().map(Instance::getState).toList();
        for (var state : InstanceState.values()) {
            long count = states.stream().filter(state.word()::equals).count();
            out.sample(CoordinatorMetric.INSTANCES, count, state.word().toLowerCase(Locale.ROOT));
        }
        out.sample(CoordinatorMetric.SESSIONS, sessions.count());
        store(out);
        keyd(out);
        return out.sample(CoordinatorMetric.CERTIFICATE_EXPIRES, until(certificate.get()))
                .sample(CoordinatorMetric.AUTHORITY_EXPIRES, until(authority.get()))
                .text();
    }

    private void store(Exposition out) {
        try {
            long size = records.logSize();
            out.sample(CoordinatorMetric.STORE_UP, 1).sample(CoordinatorMetric.LOG_SIZE, size);
        } catch (StoreException e) {
            out.sample(CoordinatorMetric.STORE_UP, 0);
        }
    }

    private void keyd(Exposition out) {
        var known = keyd.documents().known();
        boolean serves = known.reachable()
                && known.status()
                        .filter(status -> status.state().equals("serving"))
                        .isPresent();
        out.sample(CoordinatorMetric.KEYD_UP, serves ? 1 : 0)
                .sample(CoordinatorMetric.KEYD_LACKING, known.lacking().size())
                .counts(CoordinatorMetric.KEY_ROUNDS, keyd.rounds().counters().counts(CoordinatorMetric.KEY_ROUNDS));
    }

    private long until(Instant end) {
        return Duration.between(clock.instant(), end).toSeconds();
    }
}
