package dev.mvm.protocol.trust.authoring;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.JsonShapes;
import java.util.List;

/// To which nodes the key service may give a tenant's keys. A grant that says nothing about it gives them to no node.
///
/// @param nodes by name, at most [#MAX_NODES], each once
/// @param labels a node that has one of them may have the keys, at most [#MAX_LABELS], each once
/// @param any whether every node of the fleet may have the keys; then neither nodes nor labels are named
/// @param maxNodes how many nodes may have the keys at a time, 1 to [#MOST_NODES]
/// @param attestation what each of them has to prove first
public record GrantRelease(
        List<NodeId> nodes, List<NodeLabel> labels, boolean any, int maxNodes, Attestation attestation) {
    public static final int MAX_NODES = 256;
    public static final int MAX_LABELS = 64;
    public static final int MOST_NODES = 4096;

    public GrantRelease {
        nodes = List.copyOf(nodes);
        labels = List.copyOf(labels);
        JsonShapes.eachOnce(nodes, NodeId::value, MAX_NODES, "nodes");
        JsonShapes.eachOnce(labels, NodeLabel::value, MAX_LABELS, "labels");
        boolean named = !nodes.isEmpty() || !labels.isEmpty();
        if (any && named) {
            throw new IllegalArgumentException("a release to any node names neither nodes nor labels");
        }
        if (!any && !named) {
            throw new IllegalArgumentException(
                    "a release names nodes, labels or any; without the member keys go to no node");
        }
        if (maxNodes < 1 || maxNodes > MOST_NODES) {
            throw new IllegalArgumentException("max_nodes is " + maxNodes + " (want 1 to " + MOST_NODES + ")");
        }
    }

    /// Returns whether `node` is one of those that may have the keys, whatever it has to prove.
    public boolean names(NodeDocument node) {
        return any
                || nodes.contains(node.node())
                || node.traits().labels().stream().anyMatch(labels::contains);
    }

    static GrantRelease read(JsonFields fields) throws JsonException {
        return new GrantRelease(
                fields.strings("nodes", MAX_NODES, NodeId::new),
                fields.strings("labels", MAX_LABELS, NodeLabel::new),
                fields.intBetween("any", 0, 1) == 1,
                fields.intBetween("max_nodes", 1, MOST_NODES),
                fields.parsed("attestation", Attestation::of));
    }

    Json json() {
        return Json.object()
                .put("nodes", nodes.stream().map(node -> Json.of(node.value())).toList())
                .put(
                        "labels",
                        labels.stream().map(label -> Json.of(label.value())).toList())
                .put("any", any ? 1 : 0)
                .put("max_nodes", maxNodes)
                .put("attestation", attestation.word())
                .end();
    }
}
