package dev.mvm.coordinator.keyd;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.node.Events;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.states.LoggedStates;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.Roots;
import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.keyd.service.KeydClient;
import dev.mvm.protocol.keyd.service.KeydException;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.keyd.service.KeydRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The key service as the coordinator uses it. Blocking; each request has a deadline. Thread-safe.
public final class Keyd {
    private static final Logger LOG = LoggerFactory.getLogger(Keyd.class);

    /// Longest wait for an answer of the service.
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    /// Longest wait for an answer of a node; a challenge is good for five minutes.
    private static final Duration NODE_PATIENCE = Duration.ofSeconds(60);

    private final KeydClient client;
    private final KeydDocuments documents;
    private final KeyRounds rounds;
    private final NamedKeys keys;

    /// True if it served at the last pass. What is known changes between passes, too.
    private final AtomicBoolean served = new AtomicBoolean();

    /// Place of the service.
    ///
    /// @param socket of the service
    /// @param timeout longest wait for an answer of the service
    /// @param times of rounds
    public record Options(Path socket, Duration timeout, KeyRounds.Times times) {
        /// Options with the usual deadlines.
        ///
        /// @param period from one challenge to the next is at most half of it
        public static Options of(Path socket, Duration period) {
            return new Options(socket, TIMEOUT, new KeyRounds.Times(NODE_PATIENCE, period.dividedBy(2)));
        }
    }

    /// The parts of the coordinator that are used.
    public record Behind(FleetStore records, Roots roots, Nodes nodes, Events events) {}

    private Keyd(KeydClient client, KeydDocuments documents, KeyRounds rounds, NamedKeys keys) {
        this.client = client;
        this.documents = documents;
        this.rounds = rounds;
        this.keys = keys;
    }

    /// Begins to use a service. Nothing is asked yet.
    ///
    /// @param threads for rounds, one each
    /// @param clock never jumps
    public static Keyd of(Options options, Behind behind, Executor threads, InstantSource clock) {
        var client = new KeydClient(options.socket(), options.timeout());
        var documents = new KeydDocuments(client, behind.records(), behind.roots(), behind.events(), clock);
        var sealing = new Sealing(client, new LoggedStates(behind.records()));
        var rounds = new KeyRounds(sealing, behind.nodes(), threads, clock, options.times());
        return new Keyd(client, documents, rounds, new NamedKeys(client, behind.records()));
    }

    public KeydDocuments documents() {
        return documents;
    }

    public KeyRounds rounds() {
        return rounds;
    }

    /// The service's keys as states name them.
    public NamedKeys named() {
        return keys;
    }

    /// Gives the service the documents that it lacks, and learns its keys. When a service serves that did not before,
    /// nodes get a round at once.
    public void pass() {
        documents.pass();
        learn();
        boolean now = serves();
        if (!served.getAndSet(now) && now) {
            rounds.documentsChanged();
        }
    }

    private boolean serves() {
        var known = documents.known();
        return known.reachable() && known.status().filter(KeydStatus::serves).isPresent();
    }

    private void learn() {
        try {
            keys.refresh();
        } catch (StoreException e) {
            LOG.error("the keys of the key service cannot be kept: {}", e.getMessage());
        }
    }

    /// Makes sure that the service has a document that was published just now.
    ///
    /// @throws ProblemException as [KeydDocuments#published]
    public void published(ByteString envelope) throws ProblemException, StoreException {
        documents.published(envelope);
        keys.refresh();
        rounds.documentsChanged();
    }

    /// Makes the next version of a key.
    ///
    /// @throws ProblemException the service's reason, `too_soon` for instance, or `keyd_unreachable`
    public int rotate(TenantId tenant, KeyName key) throws ProblemException {
        try {
            int version = client.rotate(tenant, key);
            rounds.rotated(tenant);
            learn();
            return version;
        } catch (KeydException e) {
            throw KeydText.problem(e);
        }
    }

    /// Wraps every key with the newest master key.
    ///
    /// @throws ProblemException the service's reason, or `keyd_unreachable`
    public void rewrap() throws ProblemException {
        try {
            client.rewrap();
        } catch (KeydException e) {
            throw KeydText.problem(e);
        }
    }

    /// Returns the keys of one tenant, or of all.
    ///
    /// @throws ProblemException the service's reason, or `keyd_unreachable`
    public List<KeydReply.StoredKey> keys(Optional<TenantId> tenant) throws ProblemException {
        try {
            return client.keys(tenant);
        } catch (KeydException e) {
            throw KeydText.problem(e);
        }
    }

    /// Returns records of the service's audit, each a JSON object as the service has written it.
    ///
    /// @param from number of a record, 0 or more
    /// @param most 1 to 1000
    /// @throws ProblemException the service's reason, or `keyd_unreachable`
    public List<String> records(Optional<TenantId> tenant, Optional<NodeId> node, long from, int most)
            throws ProblemException {
        try {
            return client.releases(new KeydRequest.ListReleases(tenant, node, from, most));
        } catch (KeydException e) {
            throw KeydText.problem(e);
        }
    }

    /// Returns the nodes that have taken a blob with a version of a key, by `TENANT/KEY` and version.
    public Map<String, Map<Integer, List<String>>> holders() {
        return rounds.holders();
    }
}
