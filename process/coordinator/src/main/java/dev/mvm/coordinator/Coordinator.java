package dev.mvm.coordinator;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.concurrent.Coalescer;
import dev.mvm.coordinator.api.ChangeRecords;
import dev.mvm.coordinator.api.FleetService;
import dev.mvm.coordinator.authz.Access;
import dev.mvm.coordinator.authz.Admission;
import dev.mvm.coordinator.authz.RateLimit;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.error.Refusals;
import dev.mvm.coordinator.exec.Sessions;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.fleet.NodeDocuments;
import dev.mvm.coordinator.grpc.AgentPort;
import dev.mvm.coordinator.grpc.EnrolmentPort;
import dev.mvm.coordinator.keyd.Keyd;
import dev.mvm.coordinator.metrics.RequestMetrics;
import dev.mvm.coordinator.metrics.export.FleetMetrics;
import dev.mvm.coordinator.node.Events;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.operators.OperatorChanges;
import dev.mvm.coordinator.operators.Operators;
import dev.mvm.coordinator.pki.EnrolmentTokens;
import dev.mvm.coordinator.pki.FleetDirectory;
import dev.mvm.coordinator.pki.NodeCertificates;
import dev.mvm.coordinator.pki.PkiException;
import dev.mvm.coordinator.pki.PrivateFiles;
import dev.mvm.coordinator.pki.Revocations;
import dev.mvm.coordinator.pki.ServerTls;
import dev.mvm.coordinator.rest.OperatorPort;
import dev.mvm.coordinator.rest.OperatorToken;
import dev.mvm.coordinator.states.Dispatch;
import dev.mvm.coordinator.states.StateIssuer;
import dev.mvm.coordinator.states.TrustRoots;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.store.Stores;
import dev.mvm.coordinator.trust.Documents;
import dev.mvm.metrics.MetricsPort;
import dev.mvm.protocol.trust.audit.AuditLog;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running coordinator: assembles the parts, starts them in order and stops them in reverse.
final class Coordinator implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Coordinator.class);
    private static final Duration PASS = Duration.ofSeconds(10);
    private static final Duration BETWEEN_ARRIVALS = Duration.ofMillis(200);
    private static final Duration SWEEP = Duration.ofSeconds(5);
    private static final Duration COMPACTION = Duration.ofHours(1);
    private static final Duration SESSION_PATIENCE = Duration.ofSeconds(15);
    private static final int MAX_SESSIONS = 256;

    private final CoordinatorConfig config;
    private final FleetDirectory directory;
    private final InstantSource clock = InstantSource.system();
    private final InstantSource steady = new SteadyClock();
    private final Parts parts = new Parts();
    private Optional<AgentPort> agents = Optional.empty();
    private OptionalInt enrolmentPort = OptionalInt.empty();
    private OptionalInt operatorPort = OptionalInt.empty();
    private OptionalInt metricsPort = OptionalInt.empty();

    /// The fleet, which the ports serve.
    private record Fleet(
            FleetStore records, Nodes nodes, Sessions sessions, Dispatch dispatch, Keyd keyd, FleetService service) {}

    /// Admission of calls, and records of refused ones.
    private record Gate(
            ServerTls tls,
            Access access,
            RateLimit limit,
            RequestMetrics requests,
            Refusals refusals,
            Admission admission) {}

    private Coordinator(CoordinatorConfig config) {
        this.config = config;
        this.directory = new FleetDirectory(config.state());
    }

    /// Starts a coordinator. When this returns, both ports are open and the ready file exists.
    static Coordinator start(CoordinatorConfig config, Documents documents)
            throws IOException, PkiException, StoreException {
        var coordinator = new Coordinator(config);
        boolean started = false;
        try {
            coordinator.open(documents);
            started = true;
            return coordinator;
        } finally {
            if (!started) {
                coordinator.close();
            }
        }
    }

    private void open(Documents documents) throws IOException, PkiException, StoreException {
        // before anything else is opened, so that a missing fleet directory or authority's key is the first error
        parts.add(directory);
        directory.authorityFile().demandKeys();
        KeysReport.of(config).forEach(line -> LOG.info("key of {}", line));
        var store = parts.add(Stores.sqlite(config.state().resolve("store.db"), steady));
        TenantKeyRemoval.requireNone(store);
        var workers = parts.add(new Workers());
        var audit = new AuditLog(
                config.state().resolve("audit"), "coordinator", clock, text -> LOG.error("{}", text), Optional.empty());
        var operators = Operators.open(store, directory.operators(), clock);
        var fleet = fleet(store, operators, documents, workers, audit);
        var gate = gate(operators, audit);
        openAgentPort(fleet, gate, workers);
        if (config.agent().enrolment().isPresent()) {
            openEnrolmentPort(config.agent().enrolment().get(), gate, audit);
        }
        if (config.operator().isPresent()) {
            openOperatorPort(config.operator().get(), fleet, gate, workers);
        }
        if (config.metrics().isPresent()) {
            openMetricsPort(config.metrics().get(), fleet, gate);
        }
        parts.add(() -> disconnect(fleet.nodes(), fleet.sessions()));
        fleet.dispatch().follow();
        workers.every(PASS, fleet.dispatch()::pass);
        workers.every(SWEEP, gate.admission()::sweep);
        workers.every(SWEEP, gate.tls()::rotate);
        workers.every(COMPACTION, () -> StoreCompaction.run(store));
        announce();
    }

    private Fleet fleet(Store store, Operators operators, Documents documents, Workers workers, AuditLog audit)
            throws IOException, StoreException {
        var events = new Events(clock);
        var nodes = new Nodes(events);
        var records = new FleetStore(store, documents.grants());
        var roots = new TrustRoots(records, documents.roots());
        roots.refresh();
        if (!documents.roots().signs()) {
            LOG.error("the trust root does not allow this coordinator's key to sign states: nodes keep the states that"
                    + " they have");
        }
        var keyd = ConfiguredKeyd.open(
                config, new Keyd.Behind(records, documents.roots(), nodes, events), workers, steady);
        var issuer = new StateIssuer(records, documents.states(), keyd.named(), clock, config.stateLife());
        var dispatch = parts.add(new Dispatch(records, roots, issuer, nodes, keyd.rounds()));
        var sessions = new Sessions(workers.threads(), workers.timer(), SESSION_PATIENCE, MAX_SESSIONS);
        var stored = new FleetService.Stored(
                records,
                new NodeDocuments(records, documents.nodes(), clock),
                new OperatorChanges(operators, directory, clock),
                new NodeCertificates(directory, config.agent().enrolment().isPresent(), clock),
                documents.fleet());
        var changed = new ChangeRecords(audit, events);
        var service = new FleetService(stored, roots, keyd, nodes, sessions, changed, clock);
        return new Fleet(records, nodes, sessions, dispatch, keyd, service);
    }

    private Gate gate(Operators operators, AuditLog audit) throws IOException, PkiException {
        var access = Access.ofProtocol();
        var limit = new RateLimit(steady);
        var requests = new RequestMetrics();
        var refusals = new Refusals(audit, requests::failed);
        var admission = new Admission(access, new Revocations(directory), operators, limit, refusals, clock);
        return new Gate(ServerTls.load(directory, clock), access, limit, requests, refusals, admission);
    }

    private void openAgentPort(Fleet fleet, Gate gate, Workers workers) throws IOException, PkiException {
        var agent = config.agent();
        var arrivals = parts.add(new Coalescer(
                workers.threads(),
                workers.after(BETWEEN_ARRIVALS),
                Workers.guarded("a pass over the nodes", fleet.dispatch()::pass)));
        var options = new AgentPort.Options(agent.listen(), agent.connections(), agent.credentialLife());
        var behind = new AgentPort.Behind(
                fleet.service(),
                fleet.nodes(),
                fleet.sessions(),
                gate.admission(),
                gate.refusals(),
                gate.requests(),
                arrivals::request);
        var port = parts.add(AgentPort.open(options, directory, gate.tls(), behind, clock, workers.threads()));
        agents = Optional.of(port);
        LOG.info("gRPC for nodes and operators: {}:{}", agent.listen().getHostString(), port.port());
    }

    private void openEnrolmentPort(InetSocketAddress address, Gate gate, AuditLog audit) throws IOException {
        var behind = new EnrolmentPort.Behind(
                new EnrolmentTokens(directory),
                config.agent().credentialLife(),
                gate.tls(),
                gate.refusals(),
                gate.requests(),
                audit,
                clock);
        var port = parts.add(EnrolmentPort.open(address, EnrolmentPort.Limits.USUAL, behind, steady));
        enrolmentPort = OptionalInt.of(port.port());
        LOG.info("gRPC for machines with a token: {}:{}", address.getHostString(), port.port());
    }

    private void openOperatorPort(CoordinatorConfig.Operator operator, Fleet fleet, Gate gate, Workers workers)
            throws IOException, PkiException {
        boolean hardened = config.mode() == CoordinatorConfig.Mode.HARDENED;
        var behind = new OperatorPort.Behind(fleet.service(), gate.refusals(), gate.requests(), workers.timer());
        var port = parts.add(
                hardened
                        ? OperatorPort.open(operator.listen(), gate.tls(), gate.admission(), behind)
                        : OperatorPort.open(
                                operator.listen(),
                                OperatorToken.read(operator.tokenFile().orElse(directory.tokenFile())),
                                gate.access(),
                                gate.limit(),
                                behind));
        operatorPort = OptionalInt.of(port.port());
        LOG.info(
                "REST with {}: {}:{}",
                hardened ? "certificates" : "the token",
                operator.listen().getHostString(),
                port.port());
    }

    private void openMetricsPort(InetSocketAddress address, Fleet fleet, Gate gate) throws IOException, PkiException {
        var metrics = new FleetMetrics(
                gate.requests(),
                fleet.nodes(),
                fleet.sessions(),
                fleet.records(),
                gate.tls()::expires,
                gate.tls()::authorityExpires,
                fleet.keyd(),
                clock);
        var port = parts.add(MetricsPort.open(address, metrics::text));
        metricsPort = OptionalInt.of(port.port());
        LOG.info("metrics: {}:{}", address.getHostString(), port.port());
    }

    /// Ends all sessions and streams, so that closing the ports does not wait for them.
    private static void disconnect(Nodes nodes, Sessions sessions) {
        var why = ProblemException.stopping();
        sessions.abortAll(why);
        nodes.links().forEach(link -> link.end(why));
    }

    private void announce() throws IOException, PkiException {
        if (config.readyFile().isPresent()) {
            var file = config.readyFile().get();
            parts.add(() -> Files.deleteIfExists(file));
            PrivateFiles.replace(file, "ready\n".getBytes(US_ASCII), PrivateFiles.Check.none());
        }
        LOG.info("ready");
    }

    /// Returns the number of the port for enrolment.
    int enrolmentPort() {
        return enrolmentPort.orElseThrow();
    }

    /// Returns the number of the gRPC port.
    int agentPort() {
        return agents.orElseThrow().port();
    }

    /// Returns the full names of all methods that the gRPC port serves.
    Set<String> agentMethods() {
        return agents.orElseThrow().methods();
    }

    /// Returns the number of the REST port; empty if it is not configured.
    OptionalInt operatorPort() {
        return operatorPort;
    }

    /// Returns the number of the metrics port; empty if it is not configured.
    OptionalInt metricsPort() {
        return metricsPort;
    }

    @Override
    public void close() {
        parts.close();
    }
}
