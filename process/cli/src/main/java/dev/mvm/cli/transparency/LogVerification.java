package dev.mvm.cli.transparency;

import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.signing.Anchor;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.HighWaterMark;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TimeMark;
import dev.mvm.protocol.trust.TreeHead;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.transparency.Merkle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Verifies a whole log as all nodes together would: each state by the rules of its node at the time of issue, each
/// node's states as a chain, versions of keys as one key each on all nodes, and all states as the tree of the signed
/// head.
///
/// Roots change while a log grows. Each state must be valid under one root, which is not older than the root of the
/// previous state.
public final class LogVerification {
    private final Anchor anchor;
    private final LogSource log;
    private final Map<NodeId, Node> nodes = new HashMap<>();
    private final Map<Digest, Verified<Grant>> grants = new HashMap<>(); // verified under the current root
    private final KeysOfLog keys = new KeysOfLog();
    private final GrowingTree tree = new GrowingTree();
    private int root; // index in the chain of roots
    private long skipped;

    /// Summary of a valid log.
    ///
    /// @param nodes number of nodes with states
    /// @param skipped number of sequence numbers without a state
    public record Report(TreeHead head, long states, int nodes, long skipped) {}

    /// State of the verification for one node, after its states so far.
    private record Node(HighWaterMark floor, int root) {}

    private LogVerification(Anchor anchor, LogSource log) {
        this.anchor = anchor;
        this.log = log;
    }

    /// Verifies a log.
    ///
    /// @return a summary; empty for an empty log, which has no head
    /// @throws LogFaultException for the first fault
    /// @throws Failure if the log cannot be read
    public static Optional<Report> of(Anchor anchor, LogSource log) throws LogFaultException, Failure {
        var envelope = log.head();
        if (envelope.isEmpty()) {
            if (log.state(0).isPresent()) {
                throw LogFaultException.ofLog(LogFaultException.OTHER_SIZE, "the log has states but no head");
            }
            return Optional.empty();
        }
        var head = head(anchor, envelope.get());
        var verification = new LogVerification(anchor, log);
        verification.states(head.value());
        return Optional.of(
                new Report(head.value(), verification.tree.size(), verification.nodes.size(), verification.skipped));
    }

    /// Verifies the head under the newest root whose keys signed it.
    private static Verified<TreeHead> head(Anchor anchor, byte[] envelope) throws LogFaultException {
        try {
            return anchor.treeHead(envelope);
        } catch (RefusedException e) {
            throw LogFaultException.ofHead(e);
        }
    }

    private void states(TreeHead head) throws LogFaultException, Failure {
        for (long index = 0; index < head.size(); index++) {
            var envelope = log.state(index);
            if (envelope.isEmpty()) {
                throw LogFaultException.ofLog(
                        LogFaultException.OTHER_SIZE,
                        "the head covers " + head.size() + " states, the log has " + index);
            }
            state(index, envelope.get(), head);
        }
        if (log.state(head.size()).isPresent()) {
            throw LogFaultException.ofLog(
                    LogFaultException.OTHER_SIZE, "the head covers " + head.size() + " states, the log has more");
        }
        if (!tree.root().equals(head.rootHash())) {
            throw LogFaultException.ofLog(
                    LogFaultException.OTHER_ROOT,
                    "the head has root " + head.rootHash() + ", the " + head.size() + " states have " + tree.root());
        }
    }

    private void state(long index, byte[] envelope, TreeHead head) throws LogFaultException, Failure {
        var label = "state " + index;
        Optional<RefusedException> telling = Optional.empty(); // by a root whose keys have signed it
        while (true) {
            try {
                var state = verifier().loggedState(root(), envelope);
                label = "state " + index + ", sequence " + state.value().sequence() + " for "
                        + state.value().node();
                var before = Optional.ofNullable(nodes.get(state.value().node()));
                chained(index, label, state, before);
                keys.add(index, state.value());
                var installed = verified(index, label, state, before);
                tree.add(Merkle.leaf(payload(envelope)));
                // blobs are in no log; and no honest coordinator names a version, and an older one after it
                var raised =
                        floor(state.value(), before).raisedTo(installed, head).with(state.value(), (_, _) -> true);
                nodes.put(state.value().node(), new Node(raised, root));
                return;
            } catch (RefusedException e) {
                if (telling.isEmpty() && signed(envelope)) {
                    telling = Optional.of(e);
                }
                if (root + 1 == anchor.roots().size()) {
                    throw LogFaultException.ofState(index, label, telling.orElse(e));
                }
                root++;
                grants.clear();
                keys.under(anchor.roots().subList(0, root), root().value());
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

    /// Checks that a state names its predecessor on the same node. Sequence numbers may be skipped, as after a
    /// restore of the coordinator's store. If a node has states from before the log, its first state in the log
    /// names one that the log does not have.
    private void chained(long index, String label, Verified<NodeState> state, Optional<Node> before)
            throws LogFaultException {
        var floor = before.map(Node::floor).orElse(HighWaterMark.NONE);
        long sequence = state.value().sequence();
        if (sequence <= floor.sequence()) {
            var same = sequence == floor.sequence() && !floor.digest().equals(Optional.of(state.digest()));
            throw LogFaultException.ofState(
                    index,
                    label,
                    (same ? DocumentReason.EQUIVOCATION : DocumentReason.REPLAYED).code(),
                    "after sequence " + floor.sequence());
        }
        boolean older = before.isEmpty() && sequence > 1;
        if (!older && !state.value().previous().equals(floor.digest())) {
            throw LogFaultException.ofState(
                    index,
                    label,
                    DocumentReason.BROKEN_CHAIN.code(),
                    "names predecessor "
                            + state.value().previous().map(Digest::value).orElse("none") + ", expected "
                            + floor.digest().map(Digest::value).orElse("none"));
        }
        skipped += sequence - floor.sequence() - 1;
    }

    /// Verifies a state as its node did at the time of issue.
    private InstalledState verified(long index, String label, Verified<NodeState> state, Optional<Node> before)
            throws RefusedException, LogFaultException, Failure {
        var reliedOn = new ArrayList<Verified<Grant>>();
        for (var digest : state.value().grants()) {
            reliedOn.add(grant(index, label, digest));
        }
        var context = new Verifier.Context(
                root(),
                state.value().node(),
                NodeMode.HARDENED, // a state does not say its node's mode, and the node refuses what it may not have
                floor(state.value(), before),
                state.value().issuedAt(),
                List.copyOf(reliedOn));
        return verifier().newState(state.envelope().array(), context);
    }

    /// Returns the high-water mark for the next state. Grants begin anew under each root, since a new root may have
    /// revoked what was set under an older one.
    private HighWaterMark floor(NodeState state, Optional<Node> before) {
        int version = root().value().version();
        if (before.isEmpty()) {
            return new HighWaterMark(
                    version,
                    state.sequence() - 1,
                    state.previous(),
                    Optional.empty(),
                    TimeMark.NONE,
                    Map.of(),
                    Map.of());
        }
        var floor = before.get().floor();
        return before.get().root() == root
                ? floor
                : new HighWaterMark(
                        version, floor.sequence(), floor.digest(), floor.log(), floor.time(), Map.of(), Map.of());
    }

    private Verified<Grant> grant(long index, String label, Digest digest)
            throws RefusedException, LogFaultException, Failure {
        var known = grants.get(digest);
        if (known != null) {
            return known;
        }
        var envelope = log.grant(digest)
                .orElseThrow(() -> LogFaultException.ofState(
                        index, label, LogFaultException.GRANT_MISSING, "no copy of grant " + digest));
        var grant = verifier().grant(root(), envelope);
        if (!grant.digest().equals(digest)) {
            throw LogFaultException.ofState(
                    index, label, LogFaultException.GRANT_MISSING, "another grant in place of " + digest);
        }
        grants.put(digest, grant);
        return grant;
    }

    private static byte[] payload(byte[] envelope) throws RefusedException {
        return Envelope.parse(envelope, DocumentType.NODE_STATE).payload().array();
    }
}
