package dev.mvm.agentd.reconcile;

import dev.mvm.agentd.execute.Executor;
import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.control.log.ProofJson;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Observation;
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

/// New states on their way: believed here first, then given to hostd, which decides for itself. A hostd that is
/// behind, because it was away or is new, is given the state in force again.
public final class StateDelivery {
    /// The reason when hostd could not be reached: the state is kept, and given to it later.
    public static final String HOSTD_UNREACHABLE = "hostd_unreachable";

    private final TrustStore trust;
    private final Hostd hostd;
    private final Observed observed;
    private final Consistency consistency;
    private final BiConsumer<Optional<InstalledState>, InstalledState> believed;
    private final AuditLog audit;
    private final Consumer<String> log;

    /// @param believed told of a state that was believed, with the one before it, before anything is done by it
    public StateDelivery(
            TrustStore trust,
            Hostd hostd,
            Observed observed,
            Consistency consistency,
            BiConsumer<Optional<InstalledState>, InstalledState> believed,
            AuditLog audit,
            Consumer<String> log) {
        this.trust = trust;
        this.hostd = hostd;
        this.observed = observed;
        this.consistency = consistency;
        this.believed = believed;
        this.audit = audit;
        this.log = log;
    }

    /// Takes a state with the grants it relies on.
    ///
    /// @param proof that the log has the state; that the log goes on from what is known here is asked for
    /// @return empty if it is in force now, else the stable reason why not
    public synchronized Optional<String> take(byte[] state, List<byte[]> grants, byte[] proof) throws IOException {
        for (var grant : grants) {
            try {
                trust.installGrant(Bytes.of(grant));
            } catch (RefusedException e) {
                return Optional.of(refused("install_grant", grant, e));
            }
        }
        try {
            var before = trust.installed();
            var installed = trust.installState(
                    Bytes.of(state),
                    proof(proof, trust.floor().log().map(TreeHead::size).orElse(0L)));
            believed.accept(before, installed);
            log.accept("state " + installed.state().value().sequence() + " is in force, good until "
                    + installed.state().value().expires());
            return deliver(installed, observed.latest().map(Observation::log).orElse(0L));
        } catch (RefusedException e) {
            return Optional.of(refused("install_state", state, e));
        }
    }

    /// A document that is not passed on.
    private String refused(String action, byte[] document, RefusedException e) {
        log.accept(action + " refused: " + e.getMessage());
        audit.refused(action, Digest.of(document).value(), e.reason().code(), String.valueOf(e.getMessage()));
        return e.reason().code();
    }

    /// Takes trust roots, oldest first.
    ///
    /// @return empty if the last of them is in force now, else the stable reason why not
    public synchronized Optional<String> takeRoots(List<byte[]> roots) throws IOException {
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

    private Optional<String> deliverRoots(int has) {
        try {
            for (var root : trust.roots().roots()) {
                if (root.value().version() <= has) {
                    continue;
                }
                var reply = hostd.call(new HostOperation.InstallRoot(root.envelope()));
                if (!(reply instanceof HostReply.Done)) {
                    return Optional.of("hostd_" + Executor.reason(reply));
                }
            }
            observed.refresh();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(HOSTD_UNREACHABLE);
        }
    }

    /// Gives hostd the roots and the state in force if it has others.
    public synchronized void bringUpToDate() {
        var installed = trust.installed();
        var seen = observed.latest();
        if (seen.isPresent()
                && seen.get().root() < trust.roots().newest().value().version()) {
            deliverRoots(seen.get().root()).ifPresent(reason -> log.accept("hostd does not take the root: " + reason));
        }
        if (installed.isPresent()
                && seen.isPresent()
                && seen.get().sequence() != installed.get().state().value().sequence()) {
            deliver(installed.get(), seen.get().log())
                    .ifPresent(reason -> log.accept("hostd does not take the state: " + reason));
        }
    }

    /// The proof for somebody who knows the log of `known` states.
    private Bytes proof(byte[] shown, long known) throws RefusedException, IOException {
        var proof = LogProof.parse(shown);
        var size = trust.head(proof).value().size();
        return Bytes.of(ProofJson.of(
                proof.head().array(),
                proof.index(),
                hex(proof.inclusion()),
                hex(known == 0 ? List.of() : consistency.path(known, size))));
    }

    private static List<String> hex(List<Digest> hashes) {
        return hashes.stream().map(Digest::hex).toList();
    }

    /// @param known size of the log that hostd knows
    private Optional<String> deliver(InstalledState installed, long known) {
        try {
            for (var grant : installed.grants().values()) {
                var reply = hostd.call(new HostOperation.InstallGrant(grant.envelope()));
                if (!(reply instanceof HostReply.Done)) {
                    return Optional.of("hostd_" + Executor.reason(reply));
                }
            }
            var reply = hostd.call(new HostOperation.InstallState(
                    installed.state().envelope(),
                    proof(trust.proof().orElseThrow().array(), known)));
            if (!(reply instanceof HostReply.Done)) {
                return Optional.of("hostd_" + Executor.reason(reply));
            }
            observed.refresh();
            return Optional.empty();
        } catch (RefusedException e) {
            return Optional.of(
                    refused("install_state", installed.state().envelope().array(), e));
        } catch (IOException e) {
            log.accept("hostd cannot be given the state: " + e.getMessage());
            return Optional.of(HOSTD_UNREACHABLE);
        }
    }
}
