package dev.mvm.coordinator.states;

import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.fleet.IssuedState;
import dev.mvm.coordinator.fleet.Records;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.transparency.StateLog;
import dev.mvm.coordinator.trust.DocumentRefusedException;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.coordinator.trust.StateSigner;
import dev.mvm.model.NodeId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Issues the states of nodes. A state is in the store before it is sent, so that after a crash the next one has
/// another number and names this one as its predecessor. The transaction that makes it the node's state also appends
/// it to the log, under a signed head: no state exists that is not in the log.
public final class StateIssuer {
    private static final Logger LOG = LoggerFactory.getLogger(StateIssuer.class);
    private static final int TRIES = 100;

    /// Most states by which a node's counter may be ahead of the store. A node that claims more only harms itself.
    private static final long MAX_LEAD = 1_000_000;

    /// A state to be sent, and its content.
    public record Due(IssuedState state, StateContent content) {}

    private final FleetStore records;
    private final StateSigner signer;
    private final StateKeys keys;
    private final InstantSource clock;
    private final Duration life;

    /// @param life time from issue to expiry of a state
    public StateIssuer(FleetStore records, StateSigner signer, InstantSource clock, Duration life) {
        this(records, signer, StateKeys.NONE, clock, life);
    }

    /// @param keys adds tenants' keys to states
    /// @param life time from issue to expiry of a state
    public StateIssuer(FleetStore records, StateSigner signer, StateKeys keys, InstantSource clock, Duration life) {
        this.records = records;
        this.signer = signer;
        this.keys = keys;
        this.clock = clock;
        this.life = life;
    }

    /// Returns the present state of `node`: the last one if its content is still right and it is young enough,
    /// otherwise a new one.
    ///
    /// @param installed sequence number that the node reports as in force
    /// @throws DocumentRefusedException if no state can be signed; the last one stays in force
    public Due current(FleetState fleet, NodeId node, long installed) throws StoreException, DocumentRefusedException {
        for (int i = 0; i < TRIES; i++) {
            var key = FleetKeys.stateKey(node);
            var entry = records.store().get(key);
            var last = entry.isPresent() ? Optional.of(FleetStore.issued(entry.get())) : Optional.<IssuedState>empty();
            var now = later(clock.instant(), last.map(IssuedState::issuedAt).orElse(Instant.EPOCH));
            long behind = lead(node, last, installed);
            var content = keys.added(fleet, node, fleet.content(node, now));
            var fingerprint = signer.fingerprint(content);
            if (behind == 0
                    && last.isPresent()
                    && last.get().index().isPresent()
                    && last.get().fingerprint().equals(fingerprint)
                    && !last.get().ageing(now)) {
                return new Due(last.get(), content);
            }
            var next = place(node, last, behind, now);
            var issued = commit(entry, next, content);
            if (issued.isPresent()) {
                LOG.info(
                        "state {} for node {}: {} tenants, expires {}",
                        next.sequence(),
                        node,
                        content.tenants().size(),
                        next.expires());
                return new Due(issued.get(), content);
            }
        }
        throw new StoreException(StoreException.Kind.UNAVAILABLE, "the state of node " + node + " keeps changing");
    }

    /// Returns the number of states by which the node's counter is ahead of the store's: more than 0 only after the
    /// store was restored from a copy.
    private static long lead(NodeId node, Optional<IssuedState> last, long installed) {
        long lead = installed - last.map(IssuedState::sequence).orElse(0L);
        if (lead > MAX_LEAD) {
            LOG.warn("node {} claims to have state {}, which is impossible", node, installed);
            return 0;
        }
        return Math.max(0, lead);
    }

    /// After a lead the number skips one: the state that it would have to name as its predecessor is not known here.
    private StateSigner.Place place(NodeId node, Optional<IssuedState> last, long lead, Instant now) {
        long sequence = last.map(IssuedState::sequence).orElse(0L) + lead + (lead > 0 ? 2 : 1);
        var issuedAt = later(now, signer.earliest()).truncatedTo(ChronoUnit.SECONDS);
        return new StateSigner.Place(node, sequence, last.map(IssuedState::digest), issuedAt, issuedAt.plus(life));
    }

    /// A clock that was set back does not make a state, or a head, older than the one before.
    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    /// Signs a state and the head of the log with it, and writes both, unless another coordinator was faster.
    ///
    /// @param entry of the node's last state
    private Optional<IssuedState> commit(Optional<Entry> entry, StateSigner.Place place, StateContent content)
            throws StoreException, DocumentRefusedException {
        var log = records.log();
        var end = log.end();
        var signed = signer.sign(place, content);
        var growth = end.tip().with(signed.leaf());
        var headAt = later(place.issuedAt(), end.tip().issuedAt());
        var head = signer.signHead(growth.size(), growth.root(), headAt);
        long index = end.tip().size();
        var issued = new IssuedState(
                place.sequence(),
                signed.digest(),
                signer.fingerprint(content),
                place.issuedAt(),
                place.expires(),
                OptionalLong.of(index));
        var key = FleetKeys.stateKey(place.node());
        var steps = new ArrayList<>(log.append(growth, signed.envelope(), head, headAt));
        steps.add(Op.put(key, FleetStore.bytes(Records.bytes(issued))));
        // the tip alone would do; an index that is taken whatever the tip says is never written over
        var asRead = Map.of(key, entry, StateLog.TIP, end.entry(), StateLog.stateKey(index), Optional.<Entry>empty());
        return records.commit(asRead, steps) ? Optional.of(issued) : Optional.empty();
    }
}
