package dev.mvm.agentd;

import dev.mvm.agentd.credential.Renewal;
import dev.mvm.agentd.link.AgentAnswers;
import dev.mvm.agentd.link.CertificateRenewal;
import dev.mvm.agentd.link.CoordinatorChannel;
import dev.mvm.agentd.link.CoordinatorLink;
import dev.mvm.agentd.link.Health;
import dev.mvm.agentd.link.KeyAnswers;
import dev.mvm.agentd.link.LogConsistency;
import dev.mvm.agentd.link.NodeFacts;
import dev.mvm.agentd.link.NodeReports;
import dev.mvm.agentd.link.Reconnect;
import dev.mvm.agentd.link.RequestAnswers;
import dev.mvm.agentd.link.SessionRelay;
import dev.mvm.agentd.link.StateAnswers;
import dev.mvm.agentd.link.VerbAnswers;
import dev.mvm.agentd.reconcile.StateDelivery;
import io.grpc.ManagedChannel;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The connection to the coordinator: states come in, reports and answers go out.
final class LinkModule {
    /// A report is a whole, so that however much guests report, there is no more than this.
    private static final Duration BETWEEN_REPORTS = Duration.ofSeconds(1);

    private final ManagedChannel channel;
    private final Health health;
    private final StateDelivery delivery;
    private final Renewal renewal;
    private final ChangeSignal changed = new ChangeSignal();
    final CoordinatorLink link;

    private LinkModule(
            AgentConfig config, ManagedChannel channel, TrustModule trust, HostModule host, ReconcileModule reconcile) {
        this.channel = channel;
        this.health = new Health(host.socket, host.observed, changed::raise);
        this.delivery = new StateDelivery(
                trust.store,
                host.socket,
                host.observed,
                new LogConsistency(channel),
                new StateDelivery.Listener(trust.states::believed, reconcile.reconciler::wake, trust.evidence),
                trust.refusals,
                AgentLog::line);
        this.renewal = renewal(config, channel, trust, host);
        var reports = new NodeReports(
                new NodeReports.Self(
                        NodeFacts.read(config.node()),
                        config.mode(),
                        renewal::status,
                        host.memory,
                        host.keys::attestation),
                host.directory,
                health,
                reconcile.holds,
                trust.refusals,
                reconcile.reconciler::last);
        this.link = new CoordinatorLink(
                channel,
                () -> reports.messages(host.observed.latest(), trust.store),
                new StateAnswers(delivery, trust.store, host.tally, AgentLog::line),
                requests(channel, reports, trust, host, reconcile),
                host.tally,
                new Reconnect(new SecureRandom(), InstantSource.system()),
                AgentLog::line);
        host.listen(changed::raise);
    }

    private static Renewal renewal(AgentConfig config, ManagedChannel channel, TrustModule trust, HostModule host) {
        return new Renewal(
                trust.credentials,
                config.node(),
                new CertificateRenewal(channel),
                host.tally::renewal,
                new SecureRandom(),
                InstantSource.system(),
                AgentLog::line);
    }

    private static RequestAnswers requests(
            ManagedChannel channel,
            NodeReports reports,
            TrustModule trust,
            HostModule host,
            ReconcileModule reconcile) {
        return new RequestAnswers(
                new VerbAnswers(reconcile.verbs, reports, trust.store, host.observed, host.tally),
                new AgentAnswers(trust.store, host.observed, reconcile.reconciler),
                trust.audits,
                new KeyAnswers(host.keys, host.tally, AgentLog::line),
                new SessionRelay(channel, host.operated, AgentLog::line),
                host.tally);
    }

    /// Sets up the channel. The first connection is made when the services start.
    ///
    /// @throws GeneralSecurityException if the credential cannot be used
    static LinkModule open(AgentConfig config, TrustModule trust, HostModule host, ReconcileModule reconcile)
            throws GeneralSecurityException {
        var channel = CoordinatorChannel.open(config.coordinator(), trust.credentials);
        return new LinkModule(config, channel, trust, host, reconcile);
    }

    List<Service> services() {
        return List.of(
                Service.released("channel", this::closeChannel),
                new Loop("health", health),
                new Loop("report", () -> changed.each(BETWEEN_REPORTS, this::report)),
                new Loop("link", link),
                new Loop("renewal", renewal));
    }

    /// Before a report, so that it has the state that hostd was given.
    private void report() {
        delivery.bringUpToDate();
        link.report();
    }

    private void closeChannel() {
        channel.shutdownNow();
        try {
            var _ = channel.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
