package dev.mvm.coordinator.service;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.fleet.FleetState;
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
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.control.log.ProofJson;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps connected nodes supplied with their states: when something in the store changes, when a node connects, and
/// when time passes. One pass at a time, each over all connected nodes, so nothing has to be remembered between
/// them.
public final class Dispatch implements AutoCloseable {
    /// A node that has been gone for this long no longer takes part in placement.
    static final Duration LEASE = Duration.ofSeconds(45);

    private static final Logger LOG = LoggerFactory.getLogger(Dispatch.class);
    private static final Set<KeyRange> DECIDING = Set.of(
            FleetStore.ROOTS,
            FleetStore.TENANTS,
            FleetStore.GRANTS,
            FleetStore.WANTS,
            FleetStore.LIVE,
            FleetStore.KEYS,
            FleetStore.NODE_KEYS);

    private final FleetStore records;
    private final TrustRoots roots;
    private final StateIssuer issuer;
    private final Nodes nodes;
    private final ReentrantLock passing = new ReentrantLock();
    private final Map<NodeId, Long> leases = new HashMap<>();
    private final Watch watch;

    public Dispatch(FleetStore records, TrustRoots roots, StateIssuer issuer, Nodes nodes) throws StoreException {
        this.records = records;
        this.roots = roots;
        this.issuer = issuer;
        this.nodes = nodes;
        this.watch = records.store().watch(KeyRange.under("/"), records.store().revision() + 1);
        records.nodes().forEach(nodes::known);
    }

    /// Waits for the next change that decides anything and makes a pass. Runs on a thread of its own until closed.
    ///
    /// @return whether to call it again
    public boolean awaitChange() throws InterruptedException {
        try {
            var events = watch.take();
            if (events.stream().anyMatch(Dispatch::decides)) {
                pass();
            }
            return true;
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.UNAVAILABLE) {
                LOG.error("changes cannot be followed any more: {}", e.getMessage());
            }
            return false;
        }
    }

    private static boolean decides(Event event) {
        return DECIDING.stream().anyMatch(range -> range.contains(event.key()));
    }

    /// Looks at all connected nodes and sends what is due.
    public void pass() {
        passing.lock();
        try {
            var connected = nodes.views().stream().filter(NodeView::connected).toList();
            for (var view : connected) {
                join(view.node());
            }
            roots.refresh();
            connected.forEach(this::supplyRoots);
            var fleet = records.state();
            for (var view : connected) {
                supply(fleet, view);
            }
        } catch (StoreException e) {
            LOG.error("states cannot be made now: {}", e.getMessage());
        } finally {
            passing.unlock();
        }
    }

    /// Keeps the node among those that take part, or makes it one.
    private void join(NodeId node) throws StoreException {
        var key = FleetStore.liveKey(node);
        var lease = leases.get(node);
        if (lease != null && alive(lease)) {
            return;
        }
        records.remember(node);
        long fresh = records.store().grant(LEASE);
        records.store().txn(Txn.of(new Op.Put(key, ByteString.EMPTY, fresh)));
        leases.put(node, fresh);
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
        } catch (DocumentRefusedException e) {
            LOG.error("no new state for node {}: {} ({})", node, e.getMessage(), e.reason());
        }
    }

    /// A state with everything that its node needs to believe it.
    private CoordinatorMessage.State message(StateIssuer.Due due) throws StoreException {
        var tenants = due.content().tenants().stream()
                .map(StateContent.Tenant::tenant)
                .toList();
        long index = due.state().index().orElseThrow();
        var tip = records.log().end().tip();
        var inclusion = records.log().inclusion(index, tip.size()).stream()
                .map(Digest::hex)
                .toList();
        return CoordinatorMessage.State.newBuilder()
                .setEnvelope(records.log().state(index))
                .addAllGrants(records.envelopes(tenants))
                .setProof(ByteString.copyFrom(ProofJson.of(tip.head().toByteArray(), index, inclusion, List.of())))
                .build();
    }

    @Override
    public void close() {
        watch.close();
    }
}
