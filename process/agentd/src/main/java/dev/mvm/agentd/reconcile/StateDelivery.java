package dev.mvm.agentd.reconcile;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.control.log.ProofJson;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.hostd.client.ReplyCode;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TreeHead;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.store.TrustStore;
import dev.mvm.protocol.trust.transparency.LogProof;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// The path of a new state through the agent:
///
/// 1. The trust store verifies its grants, itself and its place in the log, and keeps it.
/// 2. The tenants' audits record its changes.
/// 3. hostd is given grants, state and proof, and decides for itself.
/// 4. hostd is observed anew.
/// 5. The reconciler is woken, once: by the listeners of the observation if that has changed, else from here.
///
/// Trust roots take the same path without step 2. A hostd that is behind, because it was away or is new, is given
/// the documents in force again: [#bringUpToDate] enters the path at step 3.
public final class StateDelivery {
    /// Prefix of the reasons that are hostd's.
    private static final String HOSTD = "hostd_";

    private final TrustStore trust;
    private final Hostd hostd;
    private final Observed observed;
    private final Consistency consistency;
    private final Listener listener;
    private final AuditLog audit;
    private final Consumer<String> log;
    private boolean noticed; // whether the listeners of the observation were called since the documents came

    /// Told of documents on their path.
    ///
    /// @param believed takes the state before, if any, and the state that is in force now, before hostd has it
    /// @param arrived run at the end of the path, unless a change of the observation was noticed on it
    /// @param evidence keeps states that contradict each other
    public record Listener(
            BiConsumer<Optional<InstalledState>, InstalledState> believed, Runnable arrived, Evidence evidence) {}

    public StateDelivery(
            TrustStore trust,
            Hostd hostd,
            Observed observed,
            Consistency consistency,
            Listener listener,
            AuditLog audit,
            Consumer<String> log) {
        this.trust = trust;
        this.hostd = hostd;
        this.observed = observed;
        this.consistency = consistency;
        this.listener = listener;
        this.audit = audit;
        this.log = log;
    }

    /// Takes a state with the grants it relies on.
    ///
    /// @param proof shows that the log has the state; the coordinator is asked to show that the log has only grown
    /// @return empty if the state is in force now, else the stable code of the reason
    /// @throws IOException if the agent's files cannot be written
    public synchronized Optional<String> take(byte[] state, List<byte[]> grants, byte[] proof) throws IOException {
        return arriving(() -> believed(state, grants, proof));
    }

    /// Takes trust roots, oldest first.
    ///
    /// @return empty if the last of them is in force now, else the stable code of the reason
    /// @throws IOException if the agent's files cannot be written
    public synchronized Optional<String> takeRoots(List<byte[]> roots) throws IOException {
        return arriving(() -> believed(roots));
    }

    /// One set of documents on its path.
    @FunctionalInterface
    private interface Path {
        /// @return empty if the documents are in force, else the stable code of the reason
        Optional<String> walk() throws IOException;
    }

    private Optional<String> arriving(Path path) throws IOException {
        noticed = false;
        try {
            return path.walk();
        } finally {
            if (!noticed) {
                listener.arrived.run();
            }
        }
    }

    private Optional<String> believed(byte[] state, List<byte[]> grants, byte[] proof) throws IOException {
        for (var grant : grants) {
            try {
                trust.installGrant(Bytes.of(grant));
            } catch (RefusedException e) {
                return Optional.of(refused("install_grant", grant, e));
            }
        }
        var before = trust.installed();
        try {
            var shown = LogProof.parse(proof);
            long known = trust.floor().log().map(TreeHead::size).orElse(0L);
            var installed = trust.installState(Bytes.of(state), written(since(shown, known)));
            listener.believed.accept(before, installed);
            log.accept("state " + installed.state().value().sequence() + " is in force, good until "
                    + installed.state().value().expires());
            var refused = deliver(
                    installed, shown, observed.latest().map(Observation::log).orElse(0L));
            refused.filter(reason -> reason.startsWith(HOSTD))
                    .ifPresent(reason -> listener.evidence.refused(before, state, reason.substring(HOSTD.length())));
            return refused;
        } catch (RefusedException e) {
            listener.evidence.refused(before, state, e.reason().code());
            return Optional.of(refused("install_state", state, e));
        }
    }

    private Optional<String> believed(List<byte[]> roots) throws IOException {
        for (var root : roots) {
            try {
                trust.installRoot(Bytes.of(root));
            } catch (RefusedException e) {
                return Optional.of(refused("install_root", root, e));
            }
        }
        log.accept("trust root " + trust.roots().newest().value().version() + " is in force");
        return deliverRoots(observed.latest().map(Observation::root).orElse(0));
    }

    /// A document that goes no further.
    private String refused(String action, byte[] document, RefusedException e) {
        log.accept(action + " refused: " + e.getMessage());
        audit.refused(action, Digest.of(document).value(), e.reason().code(), String.valueOf(e.getMessage()));
        return e.reason().code();
    }

    /// Gives hostd the roots and the state in force if it has others.
    public synchronized void bringUpToDate() {
        var installed = trust.installed();
        var now = observed.latest();
        if (now.isPresent() && now.get().root() < trust.roots().newest().value().version()) {
            deliverRoots(now.get().root()).ifPresent(reason -> log.accept("hostd does not take the root: " + reason));
        }
        if (installed.isPresent()
                && now.isPresent()
                && now.get().sequence() != installed.get().state().value().sequence()) {
            deliverAgain(installed.get(), now.get().log())
                    .ifPresent(reason -> log.accept("hostd does not take the state: " + reason));
        }
    }

    private Optional<String> deliverAgain(InstalledState installed, long known) {
        try {
            return deliver(installed, LogProof.parse(trust.proof().orElseThrow().array()), known);
        } catch (RefusedException e) {
            return Optional.of(
                    refused("install_state", installed.state().envelope().array(), e));
        }
    }

    /// @param version of the newest root that hostd has
    private Optional<String> deliverRoots(int version) {
        try {
            for (var root : trust.roots().roots()) {
                if (root.value().version() <= version) {
                    continue;
                }
                var reply = hostd.call(new HostOperation.InstallRoot(root.envelope()));
                if (!(reply instanceof HostReply.Done)) {
                    return Optional.of(HOSTD + ReplyCode.of(reply));
                }
            }
            noticed |= observed.refresh();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(Hostd.UNREACHABLE);
        }
    }

    /// @param shown the proof as the coordinator sent it
    /// @param known size of the log that hostd knows
    private Optional<String> deliver(InstalledState installed, LogProof shown, long known) throws RefusedException {
        try {
            for (var grant : installed.grants().values()) {
                var reply = hostd.call(new HostOperation.InstallGrant(grant.envelope()));
                if (!(reply instanceof HostReply.Done)) {
                    return Optional.of(HOSTD + ReplyCode.of(reply));
                }
            }
            var reply = hostd.call(
                    new HostOperation.InstallState(installed.state().envelope(), written(since(shown, known))));
            if (!(reply instanceof HostReply.Done)) {
                return Optional.of(HOSTD + ReplyCode.of(reply));
            }
            noticed |= observed.refresh();
            return Optional.empty();
        } catch (IOException e) {
            log.accept("hostd cannot be given the state: " + e.getMessage());
            return Optional.of(Hostd.UNREACHABLE);
        }
    }

    /// The same proof for a receiver that knows the log of `known` states.
    private LogProof since(LogProof shown, long known) throws RefusedException, IOException {
        var size = trust.head(shown).value().size();
        var path = known == 0 ? List.<Digest>of() : consistency.path(known, size);
        return new LogProof(shown.head(), shown.index(), shown.inclusion(), path);
    }

    /// The proof as bytes for the trust store's file or for hostd.
    private static Bytes written(LogProof proof) {
        return Bytes.of(
                ProofJson.of(proof.head().array(), proof.index(), hex(proof.inclusion()), hex(proof.consistency())));
    }

    private static List<String> hex(List<Digest> hashes) {
        return hashes.stream().map(Digest::hex).toList();
    }
}
