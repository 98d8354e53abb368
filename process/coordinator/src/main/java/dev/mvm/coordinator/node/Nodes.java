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
import dev.mvm.protocol.control.v1.Problem;
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

/// All nodes that have connected since this coordinator started.
public final class Nodes {
    private static final Comparator<Instance> BY_ADDRESS = Comparator.comparing(Instance::getAddress);

    private final Map<NodeId, NodeView> views = new ConcurrentSkipListMap<>();
    private final Map<NodeId, NodeLink> links = new ConcurrentHashMap<>();
    private final Events events;

    /// @param events told what changes
    public Nodes(Events events) {
        this.events = events;
    }

    /// A node has connected. An older connection of the same node is ended: the newer one is the living one.
    public void connected(NodeLink link) {
        var older = Optional.ofNullable(links.put(link.node(), link));
        older.ifPresent(stale -> stale.end(
                new ProblemException(Fault.CONFLICT, "replaced", "node " + link.node() + " has connected again")));
        update(link.node(), view -> view.connected(true));
    }

    /// A connection is gone.
    public void disconnected(NodeLink link) {
        link.closed();
        if (links.remove(link.node(), link)) {
            update(link.node(), view -> view.connected(false));
        }
    }

    /// A node that connected before this coordinator started.
    public void known(NodeId node) {
        update(node, view -> view);
    }

    public void hello(NodeLink link, Node about) {
        heard(link, view -> view.about(NodeReportSanitizer.node(about)));
    }

    public void report(NodeLink link, List<Instance> instances) {
        heard(link, view -> view.instances(NodeReportSanitizer.instances(link.node(), instances)));
    }

    public void stateAnswer(NodeLink link, StateAnswer answer) {
        heard(
                link,
                view -> answer.getAccepted()
                        ? view.installed(answer.getSequence())
                        : view.refused(NodeReportSanitizer.reason(answer.getReason())));
    }

    /// Whether the node is connected and has not been sent this state or a newer one on its connection.
    public boolean awaits(NodeId node, long sequence) {
        var link = links.get(node);
        return link != null && link.awaits(sequence);
    }

    /// Sends a state if the node is connected and has not been sent it.
    public void send(NodeId node, long sequence, Instant expires, CoordinatorMessage.State state) {
        var link = links.get(node);
        if (link != null && link.state(sequence, state)) {
            update(node, view -> view.sent(sequence, expires.toString()));
        }
    }

    /// Sends trust roots if the node is connected and has not been sent them.
    public void sendRoots(NodeId node, int version, List<ByteString> roots) {
        Optional.ofNullable(links.get(node)).ifPresent(link -> link.roots(version, roots));
    }

    /// What a node answered to a verb, as a problem or as the instance after it.
    public Instance outcome(NodeId node, VerbAnswer answer) throws ProblemException {
        if (!answer.getDone()) {
            throw NodeReportSanitizer.problem(Problem.newBuilder()
                    .setReason(answer.getReason())
                    .setMessage(answer.getMessage())
                    .build());
        }
        var instance = NodeReportSanitizer.instance(node, answer.getInstance())
                .orElseThrow(() -> new ProblemException(
                        Fault.UNAVAILABLE, "node_confused", "node " + node + " answered with what is no instance"));
        update(node, view -> view.instances(replaced(view.instances(), instance)));
        return instance;
    }

    /// What a node has found, or why it has not looked, as a problem.
    public List<SecurityFinding> findings(NetworksAnswer answer) throws ProblemException {
        if (!answer.getReason().isEmpty()) {
            throw NodeReportSanitizer.problem(Problem.newBuilder()
                    .setReason(answer.getReason())
                    .setMessage(answer.getMessage())
                    .build());
        }
        return NodeReportSanitizer.findings(answer.getFindingsList());
    }

    /// What a node's agent has answered, or why it has not, as a problem.
    public AskAgentResponse said(NodeId node, AgentAnswer answer) throws ProblemException {
        if (!answer.getReason().isEmpty()) {
            throw NodeReportSanitizer.problem(Problem.newBuilder()
                    .setReason(answer.getReason())
                    .setMessage(answer.getMessage())
                    .build());
        }
        return AgentReplySanitizer.cleaned(node, answer.getAnswer());
    }

    /// A part of a node's audit, or why there is none, as a problem.
    public AuditAnswer audit(AuditAnswer answer) throws ProblemException {
        if (!answer.getReason().isEmpty()) {
            throw NodeReportSanitizer.problem(Problem.newBuilder()
                    .setReason(answer.getReason())
                    .setMessage(answer.getMessage())
                    .build());
        }
        return answer;
    }

    /// What has happened on them.
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

    /// What an older connection still says is dropped.
    private void heard(NodeLink link, UnaryOperator<NodeView> change) {
        if (link.equals(links.get(link.node()))) {
            update(link.node(), change);
        }
    }

    private void update(NodeId node, UnaryOperator<NodeView> change) {
        views.compute(node, (_, view) -> {
            var before = view == null ? NodeView.unknown(node) : view;
            var after = change.apply(before);
            events.add(NodeViewDiff.between(before, after)); // in here, so that they are told in their order
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

    /// The one instance of this address.
    ///
    /// @throws ProblemException `unknown_instance`, or `ambiguous_instance` if two nodes claim to have it: one of
    ///     them lies then, and neither gets what is meant for the other
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

    /// The connection to the node that has an instance.
    public NodeLink linkOf(InstanceAddress address) throws ProblemException {
        var node = new NodeId(instance(address).getNode());
        return link(node, "node " + node + ", which has " + address + ", is not connected");
    }

    /// The connection to a node.
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

    /// That there is no such node.
    public static ProblemException unknown(NodeId node) {
        return new ProblemException(Fault.MISSING, "unknown_node", "there is no node " + node);
    }
}
