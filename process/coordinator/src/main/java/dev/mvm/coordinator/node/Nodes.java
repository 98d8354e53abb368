package dev.mvm.coordinator.node;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.control.v1.AskAgentResponse;
import dev.mvm.protocol.control.v1.CoordinatorMessage;
import dev.mvm.protocol.control.v1.Instance;
import dev.mvm.protocol.control.v1.Node;
import dev.mvm.protocol.control.v1.NodeMessage.AgentAnswer;
import dev.mvm.protocol.control.v1.NodeMessage.AuditAnswer;
import dev.mvm.protocol.control.v1.NodeMessage.NetworksAnswer;
import dev.mvm.protocol.control.v1.NodeMessage.StateAnswer;
import dev.mvm.protocol.control.v1.NodeMessage.VerbAnswer;
import dev.mvm.protocol.control.v1.SecurityFinding;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.UnaryOperator;

/// All nodes that have ever connected, their connections and their last reports. Thread-safe.
public final class Nodes {
    private static final Comparator<Instance> BY_ADDRESS = Comparator.comparing(Instance::getAddress);

    private final Map<NodeId, NodeView> views = new ConcurrentSkipListMap<>();
    private final Map<NodeId, NodeLink> links = new ConcurrentHashMap<>();
    private final Events events;

    /// @param events receives the changes of nodes and instances
    public Nodes(Events events) {
        this.events = events;
    }

    /// A node has connected. An older connection of the same node is ended, since it is usually a broken one.
    public void connected(NodeLink link) {
        var older = Optional.ofNullable(links.put(link.node(), link));
        older.ifPresent(stale -> stale.end(
                new ProblemException(Fault.CONFLICT, "replaced", "node " + link.node() + " has connected again")));
        update(link.node(), view -> view.connected(true));
    }

    /// A connection has ended.
    public void disconnected(NodeLink link) {
        link.closed();
        if (links.remove(link.node(), link)) {
            update(link.node(), view -> view.connected(false));
        }
    }

    /// Adds a node that connected to an earlier coordinator.
    public void known(NodeId node) {
        update(node, view -> view);
    }

    public void hello(NodeLink link, Node about) {
        received(link, view -> view.about(NodeReportSanitizer.node(about)));
    }

    public void report(NodeLink link, List<Instance> instances) {
        received(link, view -> view.instances(NodeReportSanitizer.instances(link.node(), instances)));
    }

    public void stateAnswer(NodeLink link, StateAnswer answer) {
        received(
                link,
                view -> answer.getAccepted()
                        ? view.installed(answer.getSequence())
                        : view.refused(NodeReportSanitizer.reason(answer.getReason())));
    }

    /// Changes what is known of a node's keys.
    public void keys(NodeId node, UnaryOperator<NodeKeysView> change) {
        update(node, view -> view.keys(change.apply(view.keys())));
    }

    /// Returns the connection to a node, if there is one, that takes key blobs.
    public Optional<NodeLink> takingKeyBlobs(NodeId node) {
        return Optional.ofNullable(links.get(node))
                .filter(link -> link.keys().attestation().isPresent());
    }

    /// Returns whether the node is connected and neither this state nor a newer one was sent on its connection.
    public boolean awaits(NodeId node, long sequence) {
        var link = links.get(node);
        return link != null && link.awaits(sequence);
    }

    /// Sends a state, unless the node is disconnected or has been sent it.
    public void send(NodeId node, long sequence, Instant expires, CoordinatorMessage.State state) {
        var link = links.get(node);
        if (link != null && link.state(sequence, state)) {
            update(node, view -> view.sent(sequence, expires.toString()));
        }
    }

    /// Sends trust roots, unless the node is disconnected or has been sent them.
    public void sendRoots(NodeId node, int version, List<ByteString> roots) {
        Optional.ofNullable(links.get(node)).ifPresent(link -> link.roots(version, roots));
    }

    /// Returns the instance after a verb, as the node reports it.
    ///
    /// @throws ProblemException the node's problem, or `node_confused` if its instance is invalid
    public Instance outcome(NodeId node, VerbAnswer answer) throws ProblemException {
        if (!answer.getDone()) {
            throw NodeReportSanitizer.problem(answer.getReason(), answer.getMessage());
        }
        var instance = NodeReportSanitizer.instance(node, answer.getInstance())
                .orElseThrow(() -> new ProblemException(
                        Fault.UNAVAILABLE, "node_confused", "node " + node + " returned an invalid instance"));
        update(node, view -> view.instances(replaced(view.instances(), instance)));
        return instance;
    }

    /// Returns a node's findings.
    ///
    /// @throws ProblemException the node's problem, if it has not verified its networks
    public List<SecurityFinding> findings(NetworksAnswer answer) throws ProblemException {
        if (!answer.getReason().isEmpty()) {
            throw NodeReportSanitizer.problem(answer.getReason(), answer.getMessage());
        }
        return NodeReportSanitizer.findings(answer.getFindingsList());
    }

    /// Returns an agent's reply.
    ///
    /// @throws ProblemException the agent's problem, if it has no reply
    public AskAgentResponse agentReply(NodeId node, AgentAnswer answer) throws ProblemException {
        if (!answer.getReason().isEmpty()) {
            throw NodeReportSanitizer.problem(answer.getReason(), answer.getMessage());
        }
        return AgentReplySanitizer.sanitized(node, answer.getAnswer());
    }

    /// Returns a part of an audit.
    ///
    /// @throws ProblemException the node's problem, if it cannot read the audit
    public AuditAnswer audit(AuditAnswer answer) throws ProblemException {
        if (!answer.getReason().isEmpty()) {
            throw NodeReportSanitizer.problem(answer.getReason(), answer.getMessage());
        }
        return answer;
    }

    /// Returns the events of all nodes.
    public Events events() {
        return events;
    }

    private static List<Instance> replaced(List<Instance> instances, Instance newer) {
        var out = new ArrayList<>(instances);
        out.removeIf(instance -> instance.getAddress().equals(newer.getAddress()));
        if (!newer.getState().equals(InstanceState.DESTROYED.word())) {
            out.add(newer);
        }
        return out;
    }

    /// Applies a change, unless the message came on a connection that a newer one has replaced.
    private void received(NodeLink link, UnaryOperator<NodeView> change) {
        if (link.equals(links.get(link.node()))) {
            update(link.node(), change);
        }
    }

    private void update(NodeId node, UnaryOperator<NodeView> change) {
        views.compute(node, (_, view) -> {
            var before = view == null ? NodeView.unknown(node) : view;
            var after = change.apply(before);
            // within the update, so that events keep the order of changes
            events.add(NodeViewDiff.between(before, after));
            return after;
        });
    }

    public List<NodeView> views() {
        return List.copyOf(views.values());
    }

    public Optional<NodeView> view(NodeId node) {
        return Optional.ofNullable(views.get(node));
    }

    public List<NodeLink> links() {
        return List.copyOf(links.values());
    }

    /// All instances, sorted by address.
    public List<Instance> instances() {
        return views().stream()
                .flatMap(view -> view.instances().stream())
                .sorted(BY_ADDRESS)
                .toList();
    }

    /// Returns the instance with this address.
    ///
    /// @throws ProblemException `unknown_instance`, or `ambiguous_instance` if two nodes report it: one of the
    ///     reports is false, and neither node may receive requests that are meant for the other
    public Instance instance(InstanceAddress address) throws ProblemException {
        var found = instances().stream()
                .filter(instance -> instance.getAddress().equals(address.toString()))
                .toList();
        if (found.isEmpty()) {
            throw new ProblemException(Fault.MISSING, "unknown_instance", "no node has reported " + address);
        }
        if (found.size() > 1) {
            throw new ProblemException(
                    Fault.CONFLICT,
                    "ambiguous_instance",
                    address + " is claimed by "
                            + String.join(
                                    " and ",
                                    found.stream().map(Instance::getNode).toList()));
        }
        return found.getFirst();
    }

    /// Returns the connection to the node that has an instance.
    public NodeLink linkOf(InstanceAddress address) throws ProblemException {
        var node = new NodeId(instance(address).getNode());
        return link(node, "node " + node + ", which has " + address + ", is not connected");
    }

    /// Returns the connection to a node.
    public NodeLink linkOf(NodeId node) throws ProblemException {
        if (view(node).isEmpty()) {
            throw unknown(node);
        }
        return link(node, "node " + node + " is not connected");
    }

    private NodeLink link(NodeId node, String otherwise) throws ProblemException {
        return Optional.ofNullable(links.get(node))
                .orElseThrow(() -> new ProblemException(Fault.UNAVAILABLE, "node_lost", otherwise));
    }

    /// Returns the problem of a node that does not exist.
    public static ProblemException unknown(NodeId node) {
        return new ProblemException(Fault.MISSING, "unknown_node", "there is no node " + node);
    }
}
