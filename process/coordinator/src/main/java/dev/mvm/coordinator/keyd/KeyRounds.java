package dev.mvm.coordinator.keyd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.coordinator.metrics.CoordinatorMetric;
import dev.mvm.coordinator.node.KeyConversation;
import dev.mvm.coordinator.node.NodeKeysView;
import dev.mvm.coordinator.node.NodeLink;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.states.StateIssuer;
import dev.mvm.coordinator.states.StateReceiver;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.json.JsonException;
import dev.mvm.metrics.Counters;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.keyd.service.KeydException;
import dev.mvm.protocol.keyd.service.SignedStatement;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries the key service's challenges and blobs to nodes, and their statements back. A round is: challenge,
/// statement, blob. One begins when a node connects, when it needs a key that it has not or has lost, when a key was
/// rotated, and at half of a period. Nothing of a round is kept: a coordinator that is started anew begins with a
/// challenge.
///
/// Thread-safe.
public final class KeyRounds implements StateReceiver {
    private static final Logger LOG = LoggerFactory.getLogger(KeyRounds.class);
    private static final String TAKEN = "taken";

    /// Reasons of the service's for leaving a tenant out that end by themselves.
    private static final Set<String> FOR_A_WHILE = Set.of(
            "rationed", "node_limit", "tenant_limit", "grant_not_begun", "state_stale", "grant_unknown", "key_unknown");

    private final Sealing sealing;
    private final Nodes nodes;
    private final Executor threads;
    private final InstantSource clock;
    private final Times times;
    private final Counters counters = new Counters();

    @GuardedBy("this")
    private final Map<NodeId, Turn> turns = new HashMap<>();

    @GuardedBy("this")
    private final Map<TenantId, Integer> rotations = new HashMap<>();

    /// Waits of rounds.
    ///
    /// @param answer longest wait for each of a node's answers
    /// @param renewal from a blob to the next round, if nothing else asks for one
    public record Times(Duration answer, Duration renewal) {}

    /// Begins without rounds.
    ///
    /// @param clock never jumps
    KeyRounds(Sealing sealing, Nodes nodes, Executor threads, InstantSource clock, Times times) {
        this.sealing = sealing;
        this.nodes = nodes;
        this.threads = threads;
        this.clock = clock;
        this.times = times;
    }

    /// Begins a round of this node if one is due.
    @Override
    public void current(FleetState fleet, NodeId node, StateIssuer.Due state) {
        var link = nodes.takingKeyBlobs(node);
        if (link.isEmpty()) {
            return;
        }
        var wanted = wanted(fleet, state);
        if (begins(link.get(), wanted)) {
            threads.execute(() -> round(link.get(), wanted));
        }
    }

    private synchronized WantedKeys wanted(FleetState fleet, StateIssuer.Due state) {
        var counts = Map.copyOf(rotations);
        return WantedKeys.of(fleet, state.content(), tenant -> counts.getOrDefault(tenant, 0));
    }

    private synchronized boolean begins(NodeLink link, WantedKeys wanted) {
        var known = turns.getOrDefault(link.node(), Turn.FIRST);
        var turn = link.keys().lost() ? known.lost() : known;
        boolean due = turn.due(link, wanted, clock.instant());
        if (due) {
            turns.put(link.node(), turn.begun(link, clock.instant()));
        }
        return due;
    }

    /// A tenant's key has another version: its nodes get it at their next pass.
    synchronized void rotated(TenantId tenant) {
        rotations.merge(tenant, 1, Integer::sum);
    }

    /// Documents or limits of the service have changed: every node that has not all keys gets another round.
    synchronized void documentsChanged() {
        for (var view : nodes.views()) {
            if (!view.keys().refused().isEmpty() || !view.keys().fault().isEmpty()) {
                turns.computeIfPresent(view.node(), (_, turn) -> turn.again());
            }
        }
    }

    /// Returns how the rounds have ended.
    public Counters counters() {
        return counters;
    }

    /// Returns the nodes that have taken a blob with a version of a key, by `TENANT/KEY` and version.
    synchronized Map<String, Map<Integer, List<String>>> holders() {
        var out = new HashMap<String, Map<Integer, Set<String>>>();
        turns.forEach((node, turn) -> turn.held()
                .forEach(key -> out.computeIfAbsent(
                                key.tenant() + "/" + key.key().id(), _ -> new HashMap<>())
                        .computeIfAbsent(key.key().version(), _ -> new TreeSet<>())
                        .add(node.value())));
        return out.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> entry.getValue().entrySet().stream()
                                .collect(Collectors.toMap(Map.Entry::getKey, each -> List.copyOf(each.getValue())))));
    }

    private void round(NodeLink link, WantedKeys wanted) {
        try {
            carry(link, wanted);
        } catch (KeydException e) {
            failed(link, e.reason(), e.reason(), KeydText.of(e));
        } catch (ProblemException e) {
            failed(link, e.problem().getReason(), e.countedReason(), e.problem().getMessage());
        } catch (StoreException e) {
            failed(link, "store_unavailable", "store_unavailable", String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("a round of node {} has failed", link.node(), e);
            failed(link, "internal", "internal", "see the lines above");
        }
    }

    private void carry(NodeLink link, WantedKeys wanted)
            throws KeydException, ProblemException, StoreException, InterruptedException {
        var conversation = new KeyConversation(link, times.answer());
        var challenge = sealing.challenge(link.node(), link.keys().attestation().orElse(ByteString.EMPTY));
        var said = conversation.challenge(challenge);
        requireOwn(link.node(), said.getStatement());
        var sealed = sealing.seal(link.node(), said.getStatement(), said.getEvidence());
        var blob = blob(sealed.envelope());
        conversation.blob(sealed.envelope());
        taken(link, wanted, blob, sealed.refused());
    }

    /// The service would refuse another node's statement as well, and count it against that node.
    private static void requireOwn(NodeId node, ByteString envelope) throws ProblemException {
        try {
            var bytes = envelope.toByteArray();
            var statement = SignedStatement.parse(
                    Envelope.parse(bytes, KeyStatement.TYPE).payload().array());
            if (!statement.node().equals(node)) {
                throw new ProblemException(
                        Fault.CONFLICT, "wrong_node", "the statement is that of node " + statement.node());
            }
        } catch (RefusedException | JsonException e) {
            throw new ProblemException(Fault.INVALID, "statement_malformed", "what the node answers is no statement");
        }
    }

    /// Its contents count for what is shown, and for nothing else.
    private static KeyBlob blob(ByteString envelope) throws ProblemException {
        try {
            var bytes = envelope.toByteArray();
            return KeyBlob.parse(Envelope.parse(bytes, KeyBlob.TYPE).payload().array());
        } catch (RefusedException | JsonException e) {
            throw new ProblemException(
                    Fault.UNAVAILABLE, "keyd_malformed_answer", "what the key service answers is no blob");
        }
    }

    private void taken(NodeLink link, WantedKeys wanted, KeyBlob blob, Map<TenantId, String> refused) {
        var later = refused.entrySet().stream()
                .filter(entry -> FOR_A_WHILE.contains(entry.getValue()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        var renewal = clock.instant().plus(renewal(blob));
        link.keys().taken(blob.period());
        change(link, turn -> turn.taken(link, wanted.without(later), blob.keys(), renewal, later.isEmpty()));
        counters.count(CoordinatorMetric.KEY_ROUNDS, TAKEN);
        LOG.info(
                "node {} has taken {} keys of period {}, until {}",
                link.node(),
                blob.keys().size(),
                blob.period(),
                blob.expires());
        var reasons = new HashMap<String, String>();
        refused.forEach((tenant, reason) -> reasons.put(tenant.value(), reason));
        nodes.keys(
                link.node(), _ -> new NodeKeysView(blob.period(), blob.expires().toString(), "", reasons));
    }

    /// Never later than at half of the blob's own life.
    private Duration renewal(KeyBlob blob) {
        var half = Duration.between(blob.issued(), blob.expires()).dividedBy(2);
        return half.compareTo(times.renewal()) < 0 ? half : times.renewal();
    }

    private void failed(NodeLink link, String reason, String counted, String text) {
        change(link, turn -> turn.failed(link));
        counters.count(CoordinatorMetric.KEY_ROUNDS, counted);
        LOG.warn("node {} has not got its keys: {}: {}", link.node(), reason, text);
        nodes.keys(link.node(), keys -> keys.failed(reason));
    }

    private synchronized void change(NodeLink link, UnaryOperator<Turn> change) {
        turns.computeIfPresent(link.node(), (_, turn) -> change.apply(turn));
    }
}
