package dev.mvm.protocol.trust.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.json.JsonException;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.HighWaterMark;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.TreeHead;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.transparency.LogProof;
import dev.mvm.protocol.trust.transparency.Merkle;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Verified documents of a process, kept so that they survive a crash at any point and are verified again at every
/// start. A new state's floor is on disk before the state is, and both before anything is done because of it.
///
/// Thread-safe.
public final class TrustStore {
    private static final String FLOOR = "floor.json";
    private static final String STATE = "state.dsse";
    private static final String PROOF = "proof.json";
    private static final String GRANT = "grant-";
    private static final String SUFFIX = ".dsse";

    /// Grants that no state relies on yet: all that one state may rely on, for they come before it. An agent could
    /// otherwise fill the disk with old ones.
    private static final int MAX_UNUSED = NodeState.MAX_TENANTS;

    /// Longest time that the clock goes on before that is written down.
    private static final Duration UNWRITTEN = Duration.ofMinutes(5);

    private final StateFiles files;
    private final Verifier verifier;
    private final NodeId node;
    private final NodeMode mode;
    private final NodeClocks clocks;

    @GuardedBy("this")
    private final Map<Digest, Verified<Grant>> grants = new LinkedHashMap<>();

    @GuardedBy("this")
    private RootChain roots;

    @GuardedBy("this")
    private HighWaterMark floor;

    /// The time that is on disk.
    @GuardedBy("this")
    private Instant written;

    /// Says that the last moment seen goes on with the node's uptime. It does not after it was ahead of a state that
    /// has come since: the clock may have been far ahead then.
    @GuardedBy("this")
    private boolean seenGoesOn = true;

    @GuardedBy("this")
    private Optional<InstalledState> installed = Optional.empty();

    @GuardedBy("this")
    private Optional<Bytes> proof = Optional.empty();

    /// Keys that the floor may remember. A process that takes no blobs remembers none.
    @GuardedBy("this")
    private BiPredicate<TenantId, TenantKey> signed = (_, _) -> false;

    private TrustStore(
            StateFiles files,
            Verifier verifier,
            RootChain roots,
            NodeId node,
            NodeMode mode,
            NodeClocks clocks,
            HighWaterMark floor) {
        this.files = files;
        this.verifier = verifier;
        this.roots = roots;
        this.node = node;
        this.mode = mode;
        this.clocks = clocks;
        this.floor = floor;
        this.written = floor.time().now(Instant.MIN);
    }

    /// Reads and verifies what is there. A stored state that is no longer believed (because the root has changed,
    /// say) is left aside and reported; its sequence number still counts.
    ///
    /// @param pinned the trust root that the node was installed with; later ones are kept here
    /// @param mode that the node was installed in
    /// @param complaint told in one line about anything that was left aside
    /// @throws IOException if the files cannot be read, or floor or roots are damaged: without them nothing can be
    ///     decided
    public static TrustStore open(
            StateFiles files,
            Verifier verifier,
            Verified<TrustRoot> pinned,
            NodeId node,
            NodeMode mode,
            NodeClocks clocks,
            Consumer<String> complaint)
            throws IOException {
        var all = files.all();
        if (!all.containsKey(FLOOR)) {
            begin(files, all, pinned.value());
        }
        var roots = roots(all, pinned, verifier);
        var store = new TrustStore(files, verifier, roots, node, mode, clocks, floor(all.get(FLOOR), pinned));
        store.read(all, complaint);
        return store;
    }

    private synchronized void read(Map<String, byte[]> all, Consumer<String> complaint) throws IOException {
        int newest = roots.newest().value().version();
        if (newest < floor.root()) {
            throw new IOException(
                    "the trust roots after " + newest + " are missing: version " + floor.root() + " was in force");
        }
        for (var file : all.entrySet()) {
            if (file.getKey().startsWith(GRANT)) {
                try {
                    var grant = verifier.grant(roots.newest(), file.getValue());
                    grants.put(grant.digest(), grant);
                } catch (RefusedException e) {
                    complaint.accept("stored " + file.getKey() + " is not believed: " + e.getMessage());
                }
            }
        }
        proof = Optional.ofNullable(all.get(PROOF)).map(Bytes::of);
        readState(all.get(STATE), complaint);
    }

    /// Also the end of a change of roots that a crash has cut short: the root is on disk before the floor.
    @GuardedBy("this")
    private void readState(byte @Nullable [] state, Consumer<String> complaint) throws IOException {
        changeFloor(state != null && verifier.signedState(state, context()));
        if (state != null) {
            installed = stored(state, complaint);
        }
    }

    @GuardedBy("this")
    private void changeFloor(boolean stateHolds) throws IOException {
        var next = roots.newest().value();
        if (next.version() == floor.root()) {
            return;
        }
        boolean grantKeysStay = keysStay(Role.GRANT);
        boolean stateKeysStay = keysStay(Role.STATE);
        var known = Set.copyOf(grants.keySet());
        var changed = floor.under(
                next,
                stateHolds || stateKeysStay,
                keysStay(Role.KEYS),
                grant -> grantKeysStay || known.contains(grant.digest()));
        files.put(FLOOR, changed.bytes());
        floor = changed;
    }

    /// Returns whether no key that has had `role` is compromised, as far as the root of the high-water mark did not
    /// say so already.
    @GuardedBy("this")
    private boolean keysStay(Role role) {
        int version = floor.root();
        var compromised = new HashSet<>(roots.newest().value().compromised());
        boolean known = false;
        for (var root : roots.roots()) {
            if (root.value().version() == version) {
                compromised.removeAll(root.value().compromised());
                known = true;
            }
        }
        return known && roots.roots().stream().noneMatch(root -> root.value().hasOneOf(compromised, role));
    }

    private static RootChain roots(Map<String, byte[]> all, Verified<TrustRoot> pinned, Verifier verifier)
            throws IOException {
        try {
            return RootChain.of(pinned).with(all, verifier);
        } catch (RefusedException e) {
            throw new IOException("a stored trust root is damaged: " + e.getMessage(), e);
        }
    }

    /// The first start of a node. The floor is the first file, so that what is there without it has lost it.
    private static void begin(StateFiles files, Map<String, byte[]> all, TrustRoot pinned) throws IOException {
        for (var name : all.keySet()) {
            if (!name.startsWith(GRANT)) { // nodes of earlier versions had grants before they had a floor
                throw new IOException(FLOOR + " is missing beside " + name
                        + ", and without it documents of the past would be believed again: put it back, or begin anew"
                        + " with mvm-node forget-trust");
            }
        }
        files.put(FLOOR, HighWaterMark.first(pinned.version()).bytes());
    }

    private static HighWaterMark floor(byte @Nullable [] text, Verified<TrustRoot> pinned) throws IOException {
        if (text == null) {
            return HighWaterMark.first(pinned.value().version());
        }
        try {
            return HighWaterMark.parse(text);
        } catch (JsonException e) {
            throw new IOException(FLOOR + " is damaged: " + e.getMessage(), e);
        }
    }

    /// The state in force, empty before the first.
    public synchronized Optional<InstalledState> installed() {
        return installed;
    }

    /// A tenant's network by the state in force.
    public synchronized Optional<TenantNet> networkOf(TenantId tenant) {
        return installed.flatMap(state -> state.tenant(tenant)).map(NodeState.Tenant::network);
    }

    /// The present as far as this node may believe its clock: no earlier than the last state was issued, and the node
    /// has been up since, and than a moment at which a state was in force. To be called from time to time, because
    /// after a boot this holds but for the last minutes; and always for the end of a state.
    public synchronized Instant now() {
        goOn();
        var earliest = floor.time().now(Instant.MIN);
        var end = end();
        if (written.isBefore(earliest.minus(UNWRITTEN)) || (written.isBefore(end) && !earliest.isBefore(end))) {
            try {
                files.put(FLOOR, floor.bytes());
                written = earliest;
            } catch (IOException e) {
                // the next time
            }
        }
        return floor.time().now(clocks.wall().instant());
    }

    /// Has it be `moment` or later, by the word of a signer that is believed.
    public synchronized void notBefore(Instant moment) {
        goOn();
        floor = floor.at(floor.time().notBefore(moment));
    }

    @GuardedBy("this")
    private Instant end() {
        return installed.map(state -> state.state().value().expires()).orElse(Instant.EPOCH);
    }

    /// Has the time that has passed in the floor.
    @GuardedBy("this")
    private void goOn() {
        var clock = clocks.wall().instant();
        var time = floor.time().at(clocks.uptime().getAsLong(), clock, end(), seenGoesOn);
        seenGoesOn |= !time.seen().isAfter(clock) || !time.seen().isAfter(time.reached());
        floor = floor.at(time);
    }

    /// The proof that came with the newest state.
    public synchronized Optional<Bytes> proof() {
        return proof;
    }

    /// The head that a proof leads to.
    ///
    /// @throws RefusedException if it is not signed by enough state keys
    public synchronized Verified<TreeHead> head(LogProof shown) throws RefusedException {
        return verifier.treeHead(roots.newest(), shown.head().array());
    }

    /// Returns this node's high-water mark.
    public synchronized HighWaterMark floor() {
        return floor;
    }

    /// The trust roots that are believed.
    public synchronized RootChain roots() {
        return roots;
    }

    /// Verifies the trust root that follows the newest and puts it in force. State and grants that it does not
    /// vouch for are dropped, and so is the floor that they have set. The root in force is accepted again.
    ///
    /// @throws RefusedException if it is not believed; nothing has changed then
    public synchronized void installRoot(Bytes envelope) throws RefusedException, IOException {
        var next = roots.with(envelope.array(), verifier);
        if (next.newest().equals(roots.newest())) {
            return;
        }
        var root = next.newest().value();
        if (root.issuedAt().isAfter(clocks.wall().instant().plus(Verifier.SKEW))) {
            throw new RefusedException(DocumentReason.NOT_YET_VALID, "root issued at " + root.issuedAt());
        }
        files.put(roots.nextName(), envelope.array());
        roots = next;
        for (var grant : List.copyOf(grants.values())) {
            if (!believed(grant)) {
                grants.remove(grant.digest());
            }
        }
        var state = installed.map(InstalledState::state);
        boolean signed =
                state.isPresent() && verifier.signedState(state.get().envelope().array(), context());
        changeFloor(signed);
        installed = signed ? stored(state.get().envelope().array(), _ -> {}) : Optional.empty();
    }

    @GuardedBy("this")
    private boolean believed(Verified<Grant> grant) {
        try {
            var _ = verifier.grant(roots.newest(), grant.envelope().array());
            return true;
        } catch (RefusedException e) {
            return false;
        }
    }

    @GuardedBy("this")
    private Optional<InstalledState> stored(byte[] envelope, Consumer<String> complaint) {
        try {
            return Optional.of(verifier.storedState(envelope, context()));
        } catch (RefusedException e) {
            complaint.accept("the stored state is not believed: " + e.getMessage());
            return Optional.empty();
        }
    }

    /// Verifies a grant and keeps it.
    ///
    /// @throws RefusedException if it is not believed; nothing has changed then
    public synchronized void installGrant(Bytes envelope) throws RefusedException, IOException {
        var grant = verifier.grant(roots.newest(), envelope.array());
        if (grants.containsKey(grant.digest())) {
            return;
        }
        files.put(GRANT + grant.digest().hex() + SUFFIX, envelope.array());
        grants.put(grant.digest(), grant);
        forgetUnused(MAX_UNUSED);
    }

    /// Verifies a state and puts it in force.
    ///
    /// @param proof that the log has it, a [LogProof] from the head in [#floor] on
    /// @throws RefusedException if it is not believed; nothing has changed then
    public synchronized InstalledState installState(Bytes envelope, Bytes proof) throws RefusedException, IOException {
        goOn();
        var next = verifier.newState(envelope.array(), context());
        var raised = bounded(raisedTo(next, proof).with(next.state().value(), signed));
        files.put(FLOOR, raised.bytes());
        seenGoesOn &= raised.digest().equals(floor.digest());
        floor = raised;
        files.put(PROOF, proof.array());
        files.put(STATE, envelope.array());
        installed = Optional.of(next);
        this.proof = Optional.of(proof);
        forgetUnused(0);
        return next;
    }

    @GuardedBy("this")
    private HighWaterMark raisedTo(InstalledState next, Bytes proof) throws RefusedException {
        var shown = LogProof.parse(proof.array());
        var envelope = next.state().envelope().array();
        var leaf = Merkle.leaf(
                Envelope.parse(envelope, DocumentType.NODE_STATE).payload().array());
        return floor.raisedTo(next, shown.accept(head(shown), floor.log(), leaf));
    }

    /// Has the floor remember keys if the key service has signed them: those that the state in force names now, and
    /// those of the states that follow. No others are: who signs states could name any version.
    ///
    /// @param signed of the blob that is about to be used
    /// @throws RefusedException `too_large`; nothing has changed then
    public synchronized void keysSigned(BiPredicate<TenantId, TenantKey> signed) throws RefusedException, IOException {
        if (installed.isPresent()) {
            var raised = bounded(floor.with(installed.get().state().value(), signed));
            files.put(FLOOR, raised.bytes());
            floor = raised;
        }
        this.signed = signed;
    }

    private static HighWaterMark bounded(HighWaterMark raised) throws RefusedException {
        if (raised.keys().size() > HighWaterMark.MAX_KEYS || raised.bytes().length > HighWaterMark.MAX_BYTES) {
            throw new RefusedException(
                    DocumentReason.TOO_LARGE,
                    "more tenants and keys than a node can remember: " + HighWaterMark.MAX_KEYS + " keys, "
                            + HighWaterMark.MAX_BYTES + " bytes");
        }
        return raised;
    }

    @GuardedBy("this")
    private Verifier.Context context() {
        return new Verifier.Context(
                roots.newest(), node, mode, floor, clocks.wall().instant(), List.copyOf(grants.values()));
    }

    /// Drops the oldest grants that the state in force does not rely on, but for `keep` of them.
    @GuardedBy("this")
    private void forgetUnused(int keep) throws IOException {
        var used = new HashSet<Digest>();
        installed.ifPresent(state -> used.addAll(state.state().value().grants()));
        var unused = new ArrayList<>(grants.keySet());
        unused.removeAll(used);
        for (var digest : unused.subList(0, Math.max(0, unused.size() - keep))) {
            files.remove(GRANT + digest.hex() + SUFFIX);
            grants.remove(digest);
        }
    }
}
