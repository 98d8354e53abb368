package dev.mvm.coordinator.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.exec.Sessions;
import dev.mvm.coordinator.fleet.AcceptedSoftware;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.fleet.NodeDocuments;
import dev.mvm.coordinator.fleet.TenantChanges;
import dev.mvm.coordinator.fleet.TenantEnds;
import dev.mvm.coordinator.keyd.Keyd;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.operators.OperatorChanges;
import dev.mvm.coordinator.pki.NodeCertificates;
import dev.mvm.coordinator.states.TrustRoots;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.FleetReader;
import java.time.Duration;
import java.time.InstantSource;

/// The Fleet service without a transport: one part for each resource. Blocking; each call runs on a thread of its
/// own.
public final class FleetService {
    /// Time limit of a node's answer to a verb.
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final String ENVELOPE = "envelope";

    private final FleetStore records;
    private final ChangeRecords changed;
    private final InstanceService instances;
    private final PoolService pools;
    private final TenantService tenants;
    private final TrustRoots roots;
    private final LogService log;
    private final KeyService keys;
    private final Keyd keyd;
    private final KeydService keyService;
    private final NodeDocumentService documents;
    private final TenantEndService ends;
    private final MeasurementsService measurements;
    private final NodeService nodes;
    private final ObservationService observation;
    private final OperatorService operators;
    private final NodeCertificateService certificates;

    /// The records in the store and in the fleet's folder.
    ///
    /// @param reader of documents about the fleet
    public record Stored(
            FleetStore records,
            NodeDocuments documents,
            OperatorChanges operators,
            NodeCertificates certificates,
            FleetReader reader) {}

    /// @param keyd has tenants' keys
    /// @param changed told of each change that a caller has made
    public FleetService(
            Stored stored,
            TrustRoots roots,
            Keyd keyd,
            Nodes nodes,
            Sessions sessions,
            ChangeRecords changed,
            InstantSource clock) {
        this.records = stored.records();
        var changes = new TenantChanges(records, clock);
        this.changed = changed;
        this.instances = new InstanceService(records, nodes, sessions, PATIENCE);
        this.pools = new PoolService(records, changes, nodes);
        this.tenants = new TenantService(records, changes, nodes);
        this.roots = roots;
        this.log = new LogService(records);
        this.keyd = keyd;
        this.keys = new KeyService(records, keyd);
        this.keyService = new KeydService(keyd);
        this.documents = new NodeDocumentService(stored.documents());
        this.ends = new TenantEndService(new TenantEnds(records, stored.reader()));
        this.measurements = new MeasurementsService(new AcceptedSoftware(records, stored.reader(), clock));
        this.nodes = new NodeService(nodes, documents, PATIENCE);
        this.observation = new ObservationService(nodes, PATIENCE);
        this.operators = new OperatorService(stored.operators());
        this.certificates = new NodeCertificateService(stored.certificates());
    }

    public InstanceService instances() {
        return instances;
    }

    /// The log of states.
    public LogService log() {
        return log;
    }

    /// Returns the calls with one request and one answer.
    public Calls calls() {
        return new Calls(this, changed);
    }

    /// Returns whether the store answers.
    public boolean healthy() {
        return records.healthy();
    }

    PoolService pools() {
        return pools;
    }

    TenantService tenants() {
        return tenants;
    }

    TrustRoots roots() {
        return roots;
    }

    /// Tenants' keys.
    KeyService keys() {
        return keys;
    }

    /// The key service.
    KeydService keyService() {
        return keyService;
    }

    /// Makes sure that the key service, if there is one, has the document in a request that was carried out.
    ///
    /// @throws ProblemException as [Keyd#published]
    void published(Message request) throws ProblemException, StoreException {
        var field = request.getDescriptorForType().findFieldByName(ENVELOPE);
        if (request.getField(field) instanceof ByteString envelope) {
            keyd.published(envelope);
        }
    }

    NodeService nodes() {
        return nodes;
    }

    NodeDocumentService documents() {
        return documents;
    }

    TenantEndService ends() {
        return ends;
    }

    MeasurementsService measurements() {
        return measurements;
    }

    OperatorService operators() {
        return operators;
    }

    NodeCertificateService certificates() {
        return certificates;
    }

    /// Events and audits.
    ObservationService observation() {
        return observation;
    }
}
