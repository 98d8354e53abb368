package dev.mvm.coordinator.states;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetState;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.node.NodeView;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.store.Event;
import dev.mvm.coordinator.store.KeyRange;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.store.Txn;
import dev.mvm.coordinator.store.Watch;
import dev.mvm.coordinator.trust.DocumentRefusedException;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends connected nodes their states: when the store changes, when a node connects, and periodically. Passes run one
/// at a time, each over all connected nodes, so that nothing has to be remembered between passes.
///
/// Thread-safe.
public final class Dispatch implements AutoCloseable {
    /// A node that has been disconnected for this long no longer takes part in placement.
    static final Duration LEASE = Duration.ofSeconds(45);

    private static final Logger LOG = LoggerFactory.getLogger(Dispatch.class);
    /// The records that decide the states of nodes.
    private static final Set<KeyRange> DECIDING = Set.of(
            FleetKeys.ROOTS,
            FleetKeys.TENANTS,
            FleetKeys.GRANTS,
            FleetKeys.WANTS,
            FleetKeys.LIVE,
            FleetKeys.NAMED_KEYS,
            FleetKeys.NODE_DOCUMENTS);

    private final FleetStore records;
    private final TrustRoots roots;
    private final StateIssuer issuer;
    private final Nodes nodes;
    private final StateReceiver receiver;
    private final LoggedStates logged;
    private final ReentrantLock passing = new ReentrantLock();
    private final Map<NodeId, Live> leases = new HashMap<>();
    private final Watch watch;

    /// A node's entry among those that take part in placement.
    ///
    /// @param mode the entry's value, under this lease
    private record Live(long lease, String mode) {}

    public Dispatch(FleetStore records, TrustRoots roots, StateIssuer issuer, Nodes nodes, StateReceiver receiver)
            throws StoreException {
        this.records = records;
        this.roots = roots;
        this.issuer = issuer;
        this.nodes = nodes;
        this.receiver = receiver;
        this.logged = new LoggedStates(records);
        this.watch = records.store().watch(KeyRange.under("/"), records.store().revision() + 1);
        records.nodes().forEach(nodes::known);
    }

    /// Makes a pass after each change of the store that can change a state, on a thread of its own, until closed.
    public void follow() {
        Thread.ofVirtual().name("changes").start(() -> {
            try {
                boolean more = true;
                while (more) {
                    more = awaitChange();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /// Waits for changes of the store, and makes a pass if one of them can change a state.
    ///
    /// @return whether there may be further changes; false once closed
    private boolean awaitChange() throws InterruptedException {
        try {
            var events = watch.take();
            if (events.stream().anyMatch(Dispatch::decides)) {
                pass();
            }
            return true;
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.UNAVAILABLE) {
                LOG.error("changes of the store can no longer be followed: {}", e.getMessage());
            }
            return false;
        }
    }

    private static boolean decides(Event event) {
        return DECIDING.stream().anyMatch(range -> range.contains(event.key()));
    }

    /// Sends each connected node the trust roots and the state that are due. Does not fail; errors are logged.
    public void pass() {
        passing.lock();
        try {
            var connected = nodes.views().stream()
                    .filter(NodeView::connected)
                    .filter(view -> !view.about().getMode().isEmpty()) // it has said hello
                    .toList();
            for (var view : connected) {
                join(view.node(), view.about().getMode());
            }
            roots.refresh();
            connected.forEach(this::supplyRoots);
            var fleet = records.state();
            for (var view : connected) {
                supply(fleet, view);
            }
        } catch (StoreException e) {
            LOG.error("states cannot be issued now: {}", e.getMessage());
        } finally {
            passing.unlock();
        }
    }

    /// Keeps the node's lease alive, or takes a new one, so that the node takes part in placement.
    ///
    /// @param mode that the node says it is in
    private void join(NodeId node, String mode) throws StoreException {
        var live = Optional.ofNullable(leases.get(node));
        if (live.isPresent() && alive(live.get().lease())) {
            if (!live.get().mode().equals(mode)) {
                write(node, new Live(live.get().lease(), mode));
            }
            return;
        }
        records.remember(node);
        write(node, new Live(records.store().grant(LEASE), mode));
    }

    private void write(NodeId node, Live live) throws StoreException {
        var value = ByteString.copyFromUtf8(live.mode());
        records.store().txn(Txn.of(new Op.Put(FleetKeys.liveKey(node), value, live.lease())));
        leases.put(node, live);
    }

    private boolean alive(long lease) throws StoreException {
        try {
            records.store().keepAlive(lease);
            return true;
        } catch (StoreException e) {
            if (e.kind() == StoreException.Kind.NO_SUCH_LEASE) {
                return false;
            }
            throw e;
        }
    }

    private void supplyRoots(NodeView view) {
        int has = view.about().getRootVersion();
        if (has < roots.version()) {
            nodes.sendRoots(view.node(), roots.version(), roots.after(has));
        }
    }

    private void supply(FleetState fleet, NodeView view) throws StoreException {
        var node = view.node();
        try {
            var due = issuer.current(fleet, node, view.installed());
            var state = due.state();
            if (nodes.awaits(node, state.sequence())) {
                nodes.send(node, state.sequence(), state.expires(), message(due));
            }
            receiver.current(fleet, node, due);
        } catch (DocumentRefusedException e) {
            LOG.error("no new state for node {}: {} ({})", node, e.getMessage(), e.reason());
        }
    }

    /// Returns a state with everything that its node needs to verify it.
    private CoordinatorMessage.State message(StateIssuer.Due due) throws StoreException {
        var tenants = due.content().tenants().stream()
                .map(StateContent.Tenant::tenant)
                .toList();
        long index = due.state().index().orElseThrow();
        return CoordinatorMessage.State.newBuilder()
                .setEnvelope(records.log().state(index))
                .addAllGrants(records.envelopes(tenants))
                .setProof(logged.proof(index, 0))
                .build();
    }

    @Override
    public void close() {
        watch.close();
    }
}
