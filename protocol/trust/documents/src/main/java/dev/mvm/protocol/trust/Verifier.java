package dev.mvm.protocol.trust;

import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.JsonException;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The one place where documents become believed. Agent and root process use the same rules, each with its own trust
/// root and its own floor.
public final class Verifier {
    /// Longest time by which the issuer's clock may be ahead of this node's.
    public static final Duration SKEW = Duration.ofMinutes(5);

    private final SignatureCheck check;

    public Verifier(SignatureCheck check) {
        this.check = check;
    }

    /// Reads the payload of a document.
    @FunctionalInterface
    public interface Parser<T> {
        T parse(byte[] payload, int schema) throws JsonException;
    }

    /// Values that a node state is checked against.
    ///
    /// @param mode that the node was installed in
    /// @param grants the grants at hand; the state says which of them it relies on
    public record Context(
            Verified<TrustRoot> root,
            NodeId node,
            NodeMode mode,
            HighWaterMark floor,
            Instant clock,
            List<Verified<Grant>> grants) {
        public Context {
            grants = List.copyOf(grants);
        }
    }

    /// The first trust root of a node: the one whose digest was given at installation.
    ///
    /// @throws RefusedException if it is another, or not signed by its own threshold
    public Verified<TrustRoot> pinnedRoot(byte[] envelope, Digest pin) throws RefusedException {
        var parsed = Envelope.parse(envelope, DocumentType.ROOT);
        if (!parsed.payload().digest().equals(pin)) {
            throw new RefusedException(
                    DocumentReason.NOT_THE_PINNED_ROOT,
                    "its digest is " + parsed.payload().digest());
        }
        var root = document(parsed, DocumentType.ROOT, TrustRoot::parse);
        demand(parsed, root.keys(Role.ROOT), "role root");
        return new Verified<>(root, pin, envelope);
    }

    /// The root that follows `current`: version one higher, signed by the thresholds of both.
    ///
    /// @throws RefusedException if it is not that
    public Verified<TrustRoot> nextRoot(Verified<TrustRoot> current, byte[] envelope) throws RefusedException {
        var parsed = Envelope.parse(envelope, DocumentType.ROOT);
        demand(parsed, current.value().keys(Role.ROOT), "role root");
        var root = document(parsed, DocumentType.ROOT, TrustRoot::parse);
        demand(parsed, root.keys(Role.ROOT), "role root");
        if (root.version() != current.value().version() + 1) {
            throw new RefusedException(
                    DocumentReason.ROOT_VERSION,
                    "version " + root.version() + " cannot follow "
                            + current.value().version());
        }
        return new Verified<>(root, parsed.payload().digest(), envelope);
    }

    /// A grant, whatever the time: who relies on it looks at its dates.
    ///
    /// @throws RefusedException if it is not signed by enough grant keys of `root`
    public Verified<Grant> grant(Verified<TrustRoot> root, byte[] envelope) throws RefusedException {
        return signed(root, Role.GRANT, envelope, DocumentType.GRANT, GrantJson::read);
    }

    /// A state that has just arrived.
    ///
    /// @throws RefusedException with the first rule that it breaks; the same state once more is fine
    public InstalledState newState(byte[] envelope, Context context) throws RefusedException {
        var now = context.floor().time().now(context.clock());
        if (!now.isBefore(context.root().value().expires())) {
            throw new RefusedException(
                    DocumentReason.ROOT_EXPIRED, "at " + context.root().value().expires());
        }
        var state = signed(envelope, context);
        fresh(state, context, now);
        var grants = GrantsAtHand.of(state.value(), context);
        for (var grant : grants.values()) {
            GrantsAtHand.newest(grant.value(), context, now);
            if (now.isBefore(grant.value().notBefore())) {
                throw new RefusedException(
                        DocumentReason.NOT_YET_VALID,
                        "grant of " + grant.value().tenant());
            }
            if (!now.isBefore(grant.value().expires())) {
                throw new RefusedException(
                        DocumentReason.EXPIRED, "grant of " + grant.value().tenant());
            }
        }
        return within(state, grants, context);
    }

    /// The state that this node took last, read back from its own disk. It may have expired since, as may its
    /// grants: then the node is frozen, but still knows what it has.
    ///
    /// @throws RefusedException if it is not the very state that the floor names
    public InstalledState storedState(byte[] envelope, Context context) throws RefusedException {
        var state = signed(envelope, context);
        if (state.value().sequence() != context.floor().sequence()) {
            throw new RefusedException(
                    DocumentReason.REPLAYED,
                    "sequence " + state.value().sequence() + ", taken was "
                            + context.floor().sequence());
        }
        follows(state, context.floor());
        return within(state, GrantsAtHand.of(state.value(), context), context);
    }

    /// Returns whether `envelope` holds a state of this node that enough keys of the root have signed, whatever
    /// else it says.
    public boolean signedState(byte[] envelope, Context context) {
        try {
            var _ = signed(envelope, context);
            return true;
        } catch (RefusedException e) {
            return false;
        }
    }

    /// Verifies a state by its signatures alone, for any node and after any state: for readers of the log.
    ///
    /// @throws RefusedException if it is not signed by enough state keys of `root`
    public Verified<NodeState> loggedState(Verified<TrustRoot> root, byte[] envelope) throws RefusedException {
        return signed(root, Role.STATE, envelope, DocumentType.NODE_STATE, NodeStateJson::read);
    }

    /// A head of the log of states.
    ///
    /// @throws RefusedException if it is not signed by enough state keys of `root`
    public Verified<TreeHead> treeHead(Verified<TrustRoot> root, byte[] envelope) throws RefusedException {
        return signed(root, Role.STATE, envelope, DocumentType.TREE_HEAD, (payload, _) -> TreeHead.parse(payload));
    }

    /// A document of any kind, whatever its contents say: who relies on it looks at them.
    ///
    /// @throws RefusedException if it is not signed by enough keys of `role` in `root`
    public <T> Verified<T> signed(
            Verified<TrustRoot> root, Role role, byte[] envelope, DocumentType type, Parser<T> parser)
            throws RefusedException {
        var keys = root.value().roles().get(role);
        if (keys == null) {
            throw new RefusedException(DocumentReason.UNTRUSTED_KEY, "the trust root has no role " + role.word());
        }
        return signed(keys, "role " + role.word(), envelope, type, parser);
    }

    /// A document of any kind, signed by keys that no root names.
    ///
    /// @param whose the keys are, for people, such as `role grant`
    /// @throws RefusedException if it is not signed by enough of `keys`
    public <T> Verified<T> signed(
            TrustRoot.Keys keys, String whose, byte[] envelope, DocumentType type, Parser<T> parser)
            throws RefusedException {
        var parsed = Envelope.parse(envelope, type);
        demand(parsed, keys, whose);
        return new Verified<>(document(parsed, type, parser), parsed.payload().digest(), envelope);
    }

    private Verified<NodeState> signed(byte[] envelope, Context context) throws RefusedException {
        var state = loggedState(context.root(), envelope);
        var node = state.value().node();
        if (!node.equals(context.node())) {
            throw new RefusedException(DocumentReason.WRONG_NODE, "made for " + node + ", this is " + context.node());
        }
        return state;
    }

    private static void fresh(Verified<NodeState> state, Context context, Instant now) throws RefusedException {
        follows(state, context.floor());
        if (!now.isBefore(state.value().expires())) {
            throw new RefusedException(
                    DocumentReason.EXPIRED, "at " + state.value().expires());
        }
        var issuedAt = state.value().issuedAt();
        if (issuedAt.isBefore(context.floor().time().issuedAt())) {
            throw new RefusedException(
                    DocumentReason.REPLAYED,
                    "issued at " + issuedAt + ", before "
                            + context.floor().time().issuedAt());
        }
        // by the clock alone: measured from the floor, one early state would make room for the next
        if (issuedAt.isAfter(context.clock().plus(SKEW))) {
            throw new RefusedException(
                    DocumentReason.NOT_YET_VALID, "issued at " + issuedAt + ", here it is " + context.clock());
        }
    }

    private static void follows(Verified<NodeState> state, HighWaterMark floor) throws RefusedException {
        long sequence = state.value().sequence();
        boolean same = floor.digest().equals(Optional.of(state.digest()));
        if (sequence < floor.sequence()) {
            throw new RefusedException(DocumentReason.REPLAYED, "sequence " + sequence + " after " + floor.sequence());
        }
        if (sequence == floor.sequence() && !same) {
            throw new RefusedException(DocumentReason.EQUIVOCATION, "another state has sequence " + sequence);
        }
        if (sequence == floor.sequence() + 1 && !state.value().previous().equals(floor.digest())) {
            throw new RefusedException(
                    DocumentReason.BROKEN_CHAIN, "sequence " + sequence + " does not name its predecessor");
        }
    }

    private static InstalledState within(
            Verified<NodeState> state, Map<TenantId, Verified<Grant>> grants, Context context) throws RefusedException {
        StateWithinGrants.check(state.value(), context.mode(), grants, context.floor());
        return new InstalledState(state, grants);
    }

    /// Distinct keys count, not signatures; a wrong signature by a key of the role is an error and not just no
    /// help.
    private void demand(Envelope envelope, TrustRoot.Keys keys, String whose) throws RefusedException {
        if (envelope.signatures().isEmpty()) {
            throw new RefusedException(DocumentReason.UNSIGNED, "no signature");
        }
        var signed = envelope.signedBytes();
        var good = new HashSet<VerifyKey>();
        for (var signature : envelope.signatures()) {
            var key = keys.find(signature.key());
            if (key.isPresent()) {
                if (!check.valid(key.get(), signed, signature.value().array())) {
                    throw new RefusedException(
                            DocumentReason.BAD_SIGNATURE,
                            "by key " + signature.key().brief());
                }
                good.add(key.get());
            }
        }
        if (good.isEmpty()) {
            throw new RefusedException(DocumentReason.UNTRUSTED_KEY, "no signature by a key of " + whose);
        }
        if (good.size() < keys.threshold()) {
            throw new RefusedException(
                    DocumentReason.BELOW_THRESHOLD, good.size() + " of " + keys.threshold() + " keys of " + whose);
        }
    }

    private static <T> T document(Envelope envelope, DocumentType type, Parser<T> parser) throws RefusedException {
        try {
            return parser.parse(envelope.payload().array(), envelope.schema(type));
        } catch (JsonException e) {
            throw new RefusedException(DocumentReason.MALFORMED, e.getMessage());
        }
    }
}
