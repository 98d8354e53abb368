package dev.mvm.coordinator;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.error.Refusals;
import dev.mvm.coordinator.exec.Sessions;
import dev.mvm.coordinator.grpc.AgentPort;
import dev.mvm.coordinator.metrics.RequestMetrics;
import dev.mvm.coordinator.metrics.export.FleetMetrics;
import dev.mvm.coordinator.node.Events;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.pki.FleetDirectory;
import dev.mvm.coordinator.pki.PkiException;
import dev.mvm.coordinator.pki.PrivateFiles;
import dev.mvm.coordinator.pki.Revocations;
import dev.mvm.coordinator.pki.ServerTls;
import dev.mvm.coordinator.rest.OperatorPort;
import dev.mvm.coordinator.rest.OperatorToken;
import dev.mvm.coordinator.service.Admission;
import dev.mvm.coordinator.service.Coalescer;
import dev.mvm.coordinator.service.Dispatch;
import dev.mvm.coordinator.service.FleetService;
import dev.mvm.coordinator.service.FleetStore;
import dev.mvm.coordinator.service.Keyring;
import dev.mvm.coordinator.service.RateLimit;
import dev.mvm.coordinator.service.StateIssuer;
import dev.mvm.coordinator.service.TrustRoots;
import dev.mvm.coordinator.store.Store;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.store.Stores;
import dev.mvm.coordinator.trust.Documents;
import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.TransitServer;
import dev.mvm.crypto.tenantkeys.HpkeSealer;
import dev.mvm.crypto.tenantkeys.KeyAuthority;
import dev.mvm.crypto.tenantkeys.KeyException;
import dev.mvm.crypto.tenantkeys.LocalKeyAuthority;
import dev.mvm.crypto.tenantkeys.TransitKeyAuthority;
import dev.mvm.metrics.MetricsPort;
import dev.mvm.protocol.trust.audit.AuditLog;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running coordinator: its parts, started in order and stopped in reverse.
final class Coordinator implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Coordinator.class);
    private static final Duration PASS = Duration.ofSeconds(10);
    private static final Duration BETWEEN_ARRIVALS = Duration.ofMillis(200);
    private static final Duration SWEEP = Duration.ofSeconds(5);
    private static final Duration COMPACTION = Duration.ofHours(1);

    /// How much of the past the store keeps.
    private static final long KEPT_REVISIONS = 10_000;

    private static final Duration VERB_PATIENCE = Duration.ofMinutes(2);
    private static final Duration SESSION_PATIENCE = Duration.ofSeconds(15);
    private static final int MAX_SESSIONS = 256;

    private final CoordinatorConfig settings;
    private final FleetDirectory directory;
    private final InstantSource steady = new SteadyClock();
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private Optional<AgentPort> agents = Optional.empty();
    private OptionalInt operatorPort = OptionalInt.empty();
    private OptionalInt metricsPort = OptionalInt.empty();

    private Coordinator(CoordinatorConfig settings) {
        this.settings = settings;
        this.directory = new FleetDirectory(settings.state());
    }

    /// Starts everything. When this returns, both ports are open and the ready file is there.
    static Coordinator start(CoordinatorConfig settings, Documents documents)
            throws IOException, PkiException, StoreException {
        var coordinator = new Coordinator(settings);
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

    private <T extends AutoCloseable> T part(T part) {
        parts.push(part);
        return part;
    }

    private void open(Documents documents) throws IOException, PkiException, StoreException {
        // before anything else is opened, so that a missing fleet is the first thing said
        var _ = directory.authority();
        var store = part(Stores.sqlite(settings.state().resolve("store.db"), steady));
        var threads = Executors.newVirtualThreadPerTaskExecutor();
        var timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("timer").daemon().factory());
        parts.push(timer::shutdownNow);
        parts.push(() -> stop(threads));
        var nodes = new Nodes(new Events(InstantSource.system()));
        var records = new FleetStore(store, documents.grants());
        var roots = new TrustRoots(records, documents.roots());
        roots.refresh();
        if (!documents.roots().signs()) {
            LOG.error("the trust root does not let this coordinator's key sign states: nodes keep what they have");
        }
        var keyring = keyring(records);
        var issuer =
                new StateIssuer(records, documents.states(), keyring, InstantSource.system(), settings.stateLife());
        var dispatch = part(new Dispatch(records, roots, issuer, nodes));
        var arrivals = new Coalescer(threads, BETWEEN_ARRIVALS, Thread::sleep, dispatch::pass);
        var sessions = new Sessions(threads, timer, SESSION_PATIENCE, MAX_SESSIONS);
        var fleet = new FleetService(
                records, roots, documents.grants(), keyring, nodes, sessions, InstantSource.system(), VERB_PATIENCE);
        var limit = new RateLimit(steady);
        var requests = new RequestMetrics();
        var refusals = new Refusals(
                new AuditLog(
                        settings.state().resolve("audit"),
                        "coordinator",
                        InstantSource.system(),
                        text -> LOG.error("{}", text)),
                requests::failed);
        var tls = ServerTls.load(directory, InstantSource.system());
        var admission = new Admission(new Revocations(directory), limit, refusals, InstantSource.system());
        openAgentPort(
                tls,
                new AgentPort.Behind(fleet, nodes, sessions, admission, refusals, requests, arrivals::ask),
                threads);
        if (settings.operator().isPresent()) {
            openOperatorPort(
                    settings.operator().get(),
                    tls,
                    admission,
                    limit,
                    new OperatorPort.Behind(fleet, refusals, requests, timer));
        }
        if (settings.metrics().isPresent()) {
            var authority = directory.authority().certificate().getNotAfter().toInstant();
            openMetricsPort(
                    settings.metrics().get(),
                    new FleetMetrics(
                            requests, nodes, sessions, records, tls::expires, authority, InstantSource.system()));
        }
        parts.push(() -> dismiss(nodes, sessions));
        follow(dispatch);
        every(timer, PASS, dispatch::pass);
        every(timer, SWEEP, admission::sweep);
        every(timer, SWEEP, tls::rotate);
        every(timer, COMPACTION, () -> compact(store));
        announce();
    }

    private Keyring keyring(FleetStore records) throws IOException, StoreException {
        try {
            var authority = settings.keys().transit().isPresent()
                    ? TransitKeyAuthority.open(settings.keys().transit().get(), TransitServer.of(System.getenv()))
                    : local(records);
            return new Keyring(records, authority, HpkeSealer.find(), InstantSource.system());
        } catch (KeyException e) {
            throw new IOException(e.reason().code() + ": " + e.getMessage(), e);
        } catch (SigningException e) {
            throw new IOException(e.reason().code() + ": " + e.getMessage(), e);
        }
    }

    /// The first master key is made here; a later one is an operator's to add.
    private KeyAuthority local(FleetStore records) throws KeyException, StoreException {
        var file = settings.keys().masterFile().orElse(settings.state().resolve("master.keys"));
        if (!Files.exists(file) && !records.hasKeys()) {
            LOG.info("made master key {} in {}", LocalKeyAuthority.addMaster(file), file);
        }
        return new LocalKeyAuthority(file);
    }

    /// Says goodbye, so that nobody has to be waited for.
    private static void dismiss(Nodes nodes, Sessions sessions) {
        var why = new ProblemException(Fault.UNAVAILABLE, "stopping", "the coordinator is stopping");
        sessions.abortAll(why);
        nodes.links().forEach(link -> link.end(why));
    }

    private static void stop(ExecutorService threads) {
        threads.shutdownNow();
        threads.close();
    }

    private void openAgentPort(ServerTls tls, AgentPort.Behind behind, ExecutorService threads)
            throws IOException, PkiException {
        var agent = settings.agent();
        var options = new AgentPort.Options(agent.listen(), agent.connections(), agent.credentialLife());
        var port = part(AgentPort.open(options, directory, tls, behind, InstantSource.system(), threads));
        agents = Optional.of(port);
        LOG.info("nodes and operators with certificates: {}:{}", agent.listen().getHostString(), port.port());
    }

    private void openOperatorPort(
            CoordinatorConfig.Operator operator,
            ServerTls tls,
            Admission admission,
            RateLimit limit,
            OperatorPort.Behind behind)
            throws IOException, PkiException {
        boolean hardened = settings.mode() == CoordinatorConfig.Mode.HARDENED;
        var port = part(
                hardened
                        ? OperatorPort.open(operator.listen(), tls, admission, behind)
                        : OperatorPort.open(
                                operator.listen(),
                                OperatorToken.read(operator.tokenFile().orElse(directory.tokenFile())),
                                limit,
                                behind));
        operatorPort = OptionalInt.of(port.port());
        LOG.info(
                "REST with {}: {}:{}",
                hardened ? "certificates" : "the token",
                operator.listen().getHostString(),
                port.port());
    }

    private void openMetricsPort(InetSocketAddress address, FleetMetrics metrics) throws IOException {
        var port = part(MetricsPort.open(address, metrics::text));
        metricsPort = OptionalInt.of(port.port());
        LOG.info("metrics: {}:{}", address.getHostString(), port.port());
    }

    private static void follow(Dispatch dispatch) {
        Thread.ofVirtual().name("changes").start(() -> {
            try {
                boolean more = true;
                while (more) {
                    more = dispatch.awaitChange();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static void every(ScheduledExecutorService timer, Duration period, Runnable work) {
        Runnable guarded = () -> {
            try {
                work.run();
            } catch (RuntimeException e) {
                LOG.error("periodic work failed; it will be tried again", e);
            }
        };
        var _ = timer.scheduleWithFixedDelay(guarded, period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void compact(Store store) {
        try {
            long to = store.revision() - KEPT_REVISIONS;
            if (to > 0) {
                store.compact(to);
            }
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.COMPACTED) {
                LOG.error("the store cannot be compacted: {}", e.getMessage());
            }
        }
    }

    private void announce() throws IOException, PkiException {
        if (settings.readyFile().isPresent()) {
            var file = settings.readyFile().get();
            parts.push(() -> Files.deleteIfExists(file));
            PrivateFiles.replace(file, "ready\n".getBytes(US_ASCII), PrivateFiles.Check.none());
        }
        LOG.info("ready");
    }

    /// The port on which nodes are served.
    int agentPort() {
        return agents.orElseThrow().port();
    }

    /// The names of all methods that can be called there.
    Set<String> agentMethods() {
        return agents.orElseThrow().methods();
    }

    /// The port on which REST is served, if it is.
    OptionalInt operatorPort() {
        return operatorPort;
    }

    /// The port on which metrics are served, if they are.
    OptionalInt metricsPort() {
        return metricsPort;
    }

    @Override
    public void close() {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) { // whatever a part declares; the others are closed all the same
                LOG.warn("not stopped in good order: {}", e.getMessage());
            }
        }
    }
}
