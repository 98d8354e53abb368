package dev.mvm.agentd;

import dev.mvm.agentd.metrics.NodeMetrics;
import dev.mvm.agentd.reconcile.PassMetrics;
import dev.mvm.metrics.MetricsPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The port on the loopback that serves the node's metrics, if the configuration names one.
final class MetricsService implements Service {
    private final Optional<InetSocketAddress> listen;
    private final Supplier<String> text;
    private Optional<MetricsPort> port = Optional.empty();

    MetricsService(AgentConfig config, TrustModule trust, HostModule host, ReconcileModule reconcile, LinkModule link) {
        var node = new NodeMetrics(
                trust.store,
                host.observed,
                new NodeMetrics.Audits(trust.refusals, trust.audits),
                host.tally,
                new NodeMetrics.Now(link.link::connected, host.measured::inProgress, reconcile.executor::waiting),
                new NodeMetrics.Sources(trust.credentials::current, Path.of("/proc/pressure"), host.memory),
                InstantSource.system());
        var rounds = new PassMetrics(reconcile.reconciler::last, reconcile.idle::count);
        this.listen = config.metricsListen();
        this.text = () -> node.text() + rounds.text();
    }

    @Override
    public String name() {
        return "metrics";
    }

    @Override
    public void start(Consumer<Throwable> failures) throws IOException {
        if (listen.isPresent()) {
            var open = MetricsPort.open(listen.get(), text);
            AgentLog.line("metrics on port " + open.port());
            port = Optional.of(open);
        }
    }

    @Override
    public void stop() {
        port.ifPresent(MetricsPort::close);
    }
}
