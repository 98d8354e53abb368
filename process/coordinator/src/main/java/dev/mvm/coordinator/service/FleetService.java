package dev.mvm.coordinator.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.exec.OperatorEnd;
import dev.mvm.coordinator.exec.Relay;
import dev.mvm.coordinator.exec.Sessions;
import dev.mvm.coordinator.fleet.PoolTarget;
import dev.mvm.coordinator.node.NodeView;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.GrantReader;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NodeId;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.AskAgentRequest;
import dev.mvm.protocol.control.v1.AskAgentResponse;
import dev.mvm.protocol.control.v1.ChangeInstanceRequest;
import dev.mvm.protocol.control.v1.CreateTenantRequest;
import dev.mvm.protocol.control.v1.DestroyTenantRequest;
import dev.mvm.protocol.control.v1.DestroyTenantResponse;
import dev.mvm.protocol.control.v1.ExecStart;
import dev.mvm.protocol.control.v1.GetInstanceRequest;
import dev.mvm.protocol.control.v1.GetNodeRequest;
import dev.mvm.protocol.control.v1.Instance;
import dev.mvm.protocol.control.v1.ListInstancesRequest;
import dev.mvm.protocol.control.v1.ListInstancesResponse;
import dev.mvm.protocol.control.v1.ListNodesResponse;
import dev.mvm.protocol.control.v1.ListPoolsRequest;
import dev.mvm.protocol.control.v1.ListPoolsResponse;
import dev.mvm.protocol.control.v1.ListRootsResponse;
import dev.mvm.protocol.control.v1.ListTenantsResponse;
import dev.mvm.protocol.control.v1.Node;
import dev.mvm.protocol.control.v1.Pool;
import dev.mvm.protocol.control.v1.PublishGrantRequest;
import dev.mvm.protocol.control.v1.PublishRootRequest;
import dev.mvm.protocol.control.v1.Question;
import dev.mvm.protocol.control.v1.RevisePoolRequest;
import dev.mvm.protocol.control.v1.ScalePoolRequest;
import dev.mvm.protocol.control.v1.Tenant;
import dev.mvm.protocol.control.v1.Verb;
import dev.mvm.protocol.control.v1.VerifyNetworksRequest;
import dev.mvm.protocol.control.v1.VerifyNetworksResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The Fleet service, free of any transport. Blocking; each call runs on a thread of its own.
public final class FleetService {
    /// What a node takes; docs/protocol/hostd.md.
    private static final int MAX_ARGUMENTS = 128;

    private static final int MAX_VARIABLES = 64;
    private static final int MAX_ARGUMENT_BYTES = 30_000;

    private final FleetStore records;
    private final TenantService tenancy;
    private final TrustRoots roots;
    private final LogService log;
    private final KeyService keys;
    private final Nodes nodes;
    private final ObservationService observation;
    private final Sessions sessions;
    private final Duration patience;

    /// @param patience how long a node has to answer a verb
    public FleetService(
            FleetStore records,
            TrustRoots roots,
            GrantReader reader,
            Keyring keyring,
            Nodes nodes,
            Sessions sessions,
            InstantSource clock,
            Duration patience) {
        this.records = records;
        this.roots = roots;
        this.tenancy = new TenantService(records, reader, clock);
        this.log = new LogService(records);
        this.keys = new KeyService(records, keyring);
        this.nodes = nodes;
        this.observation = new ObservationService(nodes, patience);
        this.sessions = sessions;
        this.patience = patience;
    }

    /// Makes an identifier out of a field.
    @FunctionalInterface
    private interface Reading<T> {
        T of(String text);
    }

    private static <T> T field(String text, Reading<T> reading) throws ProblemException {
        try {
            return reading.of(text);
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid(String.valueOf(e.getMessage()));
        }
    }

    private static InstanceAddress address(String tenant, String pool, String instance) throws ProblemException {
        return new InstanceAddress(
                field(tenant, TenantId::new), field(pool, PoolId::new), field(instance, InstanceId::new));
    }

    private static PoolAddress address(String tenant, String pool) throws ProblemException {
        return new PoolAddress(field(tenant, TenantId::new), field(pool, PoolId::new));
    }

    ListInstancesResponse listInstances(ListInstancesRequest request) throws ProblemException {
        if (request.getTenant().isEmpty() && !request.getPool().isEmpty()) {
            throw ProblemException.invalid("a pool is named with its tenant");
        }
        var prefix = new StringBuilder();
        if (!request.getTenant().isEmpty()) {
            prefix.append(field(request.getTenant(), TenantId::new)).append('/');
        }
        if (!request.getPool().isEmpty()) {
            prefix.append(field(request.getPool(), PoolId::new)).append('/');
        }
        var instances = nodes.instances().stream()
                .filter(instance -> instance.getAddress().startsWith(prefix.toString()))
                .toList();
        return ListInstancesResponse.newBuilder().addAllInstances(instances).build();
    }

    Instance getInstance(GetInstanceRequest request) throws ProblemException {
        return nodes.instance(address(request.getTenant(), request.getPool(), request.getInstance()));
    }

    Instance changeInstance(ChangeInstanceRequest request) throws ProblemException {
        var address = address(request.getTenant(), request.getPool(), request.getInstance());
        if (request.getVerb() == Verb.VERB_UNSPECIFIED || request.getVerb() == Verb.UNRECOGNIZED) {
            throw ProblemException.invalid("want a verb: START, STOP, WARM, RESUME, SLEEP, WAKE or DESTROY");
        }
        if (request.getForce() && request.getVerb() != Verb.SLEEP) {
            throw ProblemException.invalid("only SLEEP can be forced");
        }
        var link = nodes.linkOf(address);
        try {
            // all of a guest's memory goes to disk, or comes from there
            boolean memory = request.getVerb() == Verb.SLEEP || request.getVerb() == Verb.WAKE;
            var limit = memory ? patience.multipliedBy(2) : patience;
            return nodes.outcome(link.node(), link.change(address, request.getVerb(), request.getForce(), limit));
        } catch (InterruptedException e) {
            throw stopping();
        }
    }

    /// Starts a program in an instance.
    public Relay exec(ExecStart start, OperatorEnd operator) throws ProblemException {
        var address = address(start.getTenant(), start.getPool(), start.getInstance());
        int bytes = bytes(start.getArgvList())
                + bytes(start.getEnvList())
                + start.getDirectory().length();
        if (start.getArgvCount() == 0
                || start.getArgvCount() > MAX_ARGUMENTS
                || start.getEnvCount() > MAX_VARIABLES
                || bytes > MAX_ARGUMENT_BYTES) {
            throw ProblemException.invalid("a program has 1 to " + MAX_ARGUMENTS + " arguments and at most "
                    + MAX_VARIABLES + " variables, " + MAX_ARGUMENT_BYTES + " bytes together");
        }
        requireExec(address.poolAddress());
        return sessions.start(nodes.linkOf(address), start, operator);
    }

    private static int bytes(List<String> texts) {
        return texts.stream().mapToInt(text -> text.getBytes(UTF_8).length).sum();
    }

    /// The node checks this again, against what was signed; here it makes for an early and clear answer.
    private void requireExec(PoolAddress pool) throws ProblemException {
        try {
            var granted = records.state()
                    .member(pool.tenant())
                    .flatMap(member -> member.grant())
                    .flatMap(grant -> grant.pool(pool.pool()));
            if (granted.isEmpty() || !granted.get().flags().contains(PoolFlag.EXEC)) {
                throw new ProblemException(
                        Fault.FORBIDDEN, "exec_not_granted", "the grant of " + pool + " does not allow exec");
            }
        } catch (StoreException e) {
            throw ProblemException.of(e);
        }
    }

    ListPoolsResponse listPools(ListPoolsRequest request) throws ProblemException, StoreException {
        var only = request.getTenant().isEmpty()
                ? Optional.<TenantId>empty()
                : Optional.of(field(request.getTenant(), TenantId::new));
        var out = ListPoolsResponse.newBuilder();
        var described = new FleetViews(nodes.instances());
        for (var member : records.state().members()) {
            if (only.isEmpty() || only.get().equals(member.tenant().tenant())) {
                out.addAllPools(described.pools(member));
            }
        }
        return out.build();
    }

    Pool scalePool(ScalePoolRequest request) throws ProblemException, StoreException {
        var pool = address(request.getTenant(), request.getPool());
        tenancy.change(pool, want -> want.with(counts(request, want)));
        return pool(pool);
    }

    private static Counts counts(ScalePoolRequest request, PoolTarget want) throws ProblemException {
        var now = want.counts();
        try {
            return new Counts(
                    request.hasRunning() ? request.getRunning() : now.running(),
                    request.hasWarm() ? request.getWarm() : now.warm(),
                    request.hasSleeping() ? request.getSleeping() : now.sleeping());
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid(String.valueOf(e.getMessage()));
        }
    }

    Pool revisePool(RevisePoolRequest request) throws ProblemException, StoreException {
        var pool = address(request.getTenant(), request.getPool());
        var revision = request.getRevision().isEmpty()
                ? Optional.<Digest>empty()
                : Optional.of(field(request.getRevision(), Digest::new));
        tenancy.change(pool, want -> want.with(revision));
        return pool(pool);
    }

    private Pool pool(PoolAddress address) throws ProblemException, StoreException {
        var described = new FleetViews(nodes.instances());
        return records.state().member(address.tenant()).stream()
                .flatMap(member -> described.pools(member).stream())
                .filter(pool -> pool.getAddress().equals(address.toString()))
                .findFirst()
                .orElseThrow(() -> new ProblemException(Fault.MISSING, "unknown_pool", "there is no pool " + address));
    }

    ListTenantsResponse listTenants() throws StoreException {
        var described = new FleetViews(nodes.instances());
        var out = ListTenantsResponse.newBuilder();
        records.state().members().forEach(member -> out.addTenants(described.tenant(member)));
        return out.build();
    }

    private Tenant tenant(TenantId name) throws ProblemException, StoreException {
        var described = new FleetViews(nodes.instances());
        return records.state().member(name).map(described::tenant).orElseThrow(() -> TenantService.unknown(name));
    }

    Tenant createTenant(CreateTenantRequest request) throws ProblemException, StoreException {
        var name = field(request.getTenant(), TenantId::new);
        tenancy.create(name);
        return tenant(name);
    }

    DestroyTenantResponse destroyTenant(DestroyTenantRequest request) throws ProblemException, StoreException {
        var name = field(request.getTenant(), TenantId::new);
        boolean inUse = nodes.instances().stream()
                .anyMatch(instance -> instance.getAddress().startsWith(name + "/")
                        && !instance.getState().equals("Destroyed"));
        tenancy.destroy(name, inUse);
        return DestroyTenantResponse.getDefaultInstance();
    }

    Tenant publishGrant(PublishGrantRequest request) throws ProblemException, StoreException {
        return tenant(tenancy.publish(request.getEnvelope()));
    }

    ListRootsResponse publishRoot(PublishRootRequest request) throws ProblemException, StoreException {
        return roots.publish(request.getEnvelope());
    }

    ListRootsResponse listRoots() {
        return roots.list();
    }

    ListNodesResponse listNodes() throws StoreException {
        var out = ListNodesResponse.newBuilder();
        for (var view : nodes.views()) {
            out.addNodes(node(view));
        }
        return out.build();
    }

    private Node node(NodeView view) throws StoreException {
        return view.message().toBuilder().setNodeKey(keys.nodeKey(view.node())).build();
    }

    Node getNode(GetNodeRequest request) throws ProblemException, StoreException {
        var name = field(request.getNode(), NodeId::new);
        return node(nodes.view(name).orElseThrow(() -> Nodes.unknown(name)));
    }

    VerifyNetworksResponse verifyNetworks(VerifyNetworksRequest request) throws ProblemException {
        var name = field(request.getNode(), NodeId::new);
        var link = nodes.linkOf(name);
        try {
            var findings = nodes.findings(link.verifyNetworks(request.getDeep(), patience));
            return VerifyNetworksResponse.newBuilder()
                    .setNode(name.value())
                    .addAllFindings(findings)
                    .build();
        } catch (InterruptedException e) {
            throw stopping();
        }
    }

    AskAgentResponse askAgent(AskAgentRequest request) throws ProblemException {
        var name = field(request.getNode(), NodeId::new);
        var question = request.getQuestion();
        if (question == Question.QUESTION_UNSPECIFIED || question == Question.UNRECOGNIZED) {
            throw ProblemException.invalid("a question is DESIRED, PLAN or RECONCILE");
        }
        var link = nodes.linkOf(name);
        try {
            return nodes.said(name, link.askAgent(question, patience));
        } catch (InterruptedException e) {
            throw stopping();
        }
    }

    private static ProblemException stopping() {
        Thread.currentThread().interrupt();
        return new ProblemException(Fault.UNAVAILABLE, "stopping", "the coordinator is stopping");
    }

    /// What is asked about tenants' keys.
    public KeyService keys() {
        return keys;
    }

    /// What is asked about the log of states.
    public LogService log() {
        return log;
    }

    /// What is asked about what has happened.
    public ObservationService observation() {
        return observation;
    }

    /// Whether the store answers.
    public boolean healthy() {
        try {
            return records.store().revision() > 0;
        } catch (StoreException e) {
            return false;
        }
    }
}
