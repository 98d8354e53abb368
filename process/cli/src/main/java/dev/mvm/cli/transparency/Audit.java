package dev.mvm.cli.transparency;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.Anchor;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.HighWaterMark;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TreeHead;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.transparency.Merkle;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Verifies a whole log as if it were on all nodes at once: each state by the rules of its node at the moment it was
/// issued, each node's states as a chain, and all of them as the tree that the head says.
///
/// Roots change while a log grows: each state has to be good under one root, and none under an older root than the
/// state before it.
public final class Audit {
    private final Anchor anchor;
    private final LogSource log;
    private final Map<NodeId, Node> nodes = new HashMap<>();
    private final Map<Digest, Verified<Grant>> grants = new HashMap<>(); // of the root that is at work
    private final GrowingTree tree = new GrowingTree();
    private int root; // index in the chain of roots
    private long skipped;

    /// A log that is sound.
    ///
    /// @param nodes how many nodes the states are for
    /// @param skipped sequence numbers that no state in the log has
    public record Report(TreeHead head, long states, int nodes, long skipped) {}

    /// What is known of a node after its states so far.
    private record Node(HighWaterMark floor, int root) {}

    private Audit(Anchor anchor, LogSource log) {
        this.anchor = anchor;
        this.log = log;
    }

    /// Verifies all of it. An empty log has no head, and so no report.
    ///
    /// @throws FaultException the first thing that is wrong
    /// @throws Failure if it cannot be read
    public static Optional<Report> of(Anchor anchor, LogSource log) throws LogFaultException, Failure {
        var envelope = log.head();
        if (envelope.isEmpty()) {
            if (log.state(0).isPresent()) {
                throw LogFaultException.ofLog(
                        LogFaultException.OTHER_SIZE, "there are states, and no head that covers them");
            }
            return Optional.empty();
        }
        var head = head(anchor, envelope.get());
        var audit = new Audit(anchor, log);
        audit.states(head.value());
        return Optional.of(new Report(head.value(), audit.tree.size(), audit.nodes.size(), audit.skipped));
    }

    /// A head under the newest root that has signed it.
    private static Verified<TreeHead> head(Anchor anchor, byte[] envelope) throws LogFaultException {
        try {
            return anchor.treeHead(envelope);
        } catch (RefusedException e) {
            throw LogFaultException.ofLog(e.reason().code(), "the head: " + e.getMessage());
        }
    }

    private void states(TreeHead head) throws LogFaultException, Failure {
        for (long index = 0; index < head.size(); index++) {
            var envelope = log.state(index);
            if (envelope.isEmpty()) {
                throw LogFaultException.ofLog(
                        LogFaultException.OTHER_SIZE, "the head says " + head.size() + " states, there are " + index);
            }
            state(index, envelope.get(), head);
        }
        if (log.state(head.size()).isPresent()) {
            throw LogFaultException.ofLog(
                    LogFaultException.OTHER_SIZE, "the head says " + head.size() + " states, there are more");
        }
        if (!tree.root().equals(head.rootHash())) {
            throw LogFaultException.ofLog(
                    LogFaultException.OTHER_ROOT,
                    "the head says " + head.rootHash() + ", the " + head.size() + " states have " + tree.root());
        }
    }

    private void state(long index, byte[] envelope, TreeHead head) throws LogFaultException, Failure {
        var place = "state " + index;
        Optional<RefusedException> telling = Optional.empty(); // by a root whose keys have signed it
        while (true) {
            try {
                var state = verifier().loggedState(root(), envelope);
                place = "state " + index + ", sequence " + state.value().sequence() + " for "
                        + state.value().node();
                var before = Optional.ofNullable(nodes.get(state.value().node()));
                chained(index, place, state, before);
                var installed = believed(index, place, state, before);
                tree.add(Merkle.leaf(payload(envelope)));
                nodes.put(
                        state.value().node(),
                        new Node(floor(state.value(), before).raisedTo(installed, head), root));
                return;
            } catch (RefusedException e) {
                if (telling.isEmpty() && signed(envelope)) {
                    telling = Optional.of(e);
                }
                if (root + 1 == anchor.roots().size()) {
                    throw LogFaultException.ofState(index, place, telling.orElse(e));
                }
                root++;
                grants.clear();
            }
        }
    }

    private boolean signed(byte[] envelope) {
        try {
            var _ = verifier().loggedState(root(), envelope);
            return true;
        } catch (RefusedException e) {
            return false;
        }
    }

    private Verifier verifier() {
        return anchor.verifier();
    }

    private Verified<TrustRoot> root() {
        return anchor.roots().get(root);
    }

    /// Names the state of its node before it, whatever numbers were skipped: they are, when a coordinator's store was
    /// restored. Of a node whose first states are older than the log the first here names one that is not.
    private void chained(long index, String place, Verified<NodeState> state, Optional<Node> before)
            throws LogFaultException {
        var floor = before.map(Node::floor).orElse(HighWaterMark.NONE);
        long sequence = state.value().sequence();
        if (sequence <= floor.sequence()) {
            var same = sequence == floor.sequence() && !floor.digest().equals(Optional.of(state.digest()));
            throw LogFaultException.ofState(
                    index,
                    place,
                    (same ? DocumentReason.EQUIVOCATION : DocumentReason.REPLAYED).code(),
                    "after sequence " + floor.sequence());
        }
        boolean older = before.isEmpty() && sequence > 1;
        if (!older && !state.value().previous().equals(floor.digest())) {
            throw LogFaultException.ofState(
                    index,
                    place,
                    DocumentReason.BROKEN_CHAIN.code(),
                    "it names " + state.value().previous().map(Digest::value).orElse("none") + " before it, that was "
                            + floor.digest().map(Digest::value).orElse("none"));
        }
        skipped += sequence - floor.sequence() - 1;
    }

    /// As its node would have, when it was issued.
    private InstalledState believed(long index, String place, Verified<NodeState> state, Optional<Node> before)
            throws RefusedException, LogFaultException, Failure {
        var reliedOn = new ArrayList<Verified<Grant>>();
        for (var digest : state.value().grants()) {
            reliedOn.add(grant(index, place, digest));
        }
        var context = new Verifier.Context(
                root(),
                state.value().node(),
                floor(state.value(), before),
                state.value().issuedAt(),
                List.copyOf(reliedOn));
        return verifier().newState(state.envelope().array(), context);
    }

    /// What was set under an older root may have fallen away with it, so that under each root grants begin anew.
    private HighWaterMark floor(NodeState state, Optional<Node> before) {
        int version = root().value().version();
        if (before.isEmpty()) {
            return new HighWaterMark(
                    version,
                    state.sequence() - 1,
                    state.previous(),
                    Optional.empty(),
                    Instant.EPOCH,
                    Map.of(),
                    Map.of());
        }
        var floor = before.get().floor();
        return before.get().root() == root
                ? floor
                : new HighWaterMark(
                        version, floor.sequence(), floor.digest(), floor.log(), floor.issuedAt(), Map.of(), Map.of());
    }

    private Verified<Grant> grant(long index, String place, Digest digest)
            throws RefusedException, LogFaultException, Failure {
        var known = grants.get(digest);
        if (known != null) {
            return known;
        }
        var envelope = log.grant(digest)
                .orElseThrow(() -> LogFaultException.ofState(
                        index, place, LogFaultException.GRANT_MISSING, "nobody has the grant " + digest));
        var grant = verifier().grant(root(), envelope);
        if (!grant.digest().equals(digest)) {
            throw LogFaultException.ofState(
                    index, place, LogFaultException.GRANT_MISSING, "another grant is in the place of " + digest);
        }
        grants.put(digest, grant);
        return grant;
    }

    private static byte[] payload(byte[] envelope) throws RefusedException {
        return Envelope.parse(envelope, DocumentType.NODE_STATE).payload().array();
    }
}
