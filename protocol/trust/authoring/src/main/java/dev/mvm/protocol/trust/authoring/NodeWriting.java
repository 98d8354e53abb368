package dev.mvm.protocol.trust.authoring;

import dev.mvm.json.Json;
import dev.mvm.model.Digest;
import java.util.ArrayList;

/// Node documents to JSON, schema 1 or 2.
final class NodeWriting {
    private NodeWriting() {}

    /// The lowest schema that has everything that the document says.
    static int schema(NodeDocument node) {
        return node.identity().isEmpty() && node.traits().equals(NodeTraits.NOTHING_SAID) ? 1 : 2;
    }

    static Json json(NodeDocument node, int schema) {
        var keys = new ArrayList<Json>();
        node.identity().ifPresent(key -> keys.add(Json.of(NodeKeyText.of(key))));
        var json = Json.object()
                .put("schema", schema)
                .put("fleet", node.fleet().value())
                .put("node", node.node().value())
                .put("version", node.version())
                .put("issued_at", AuthoringShapes.moment(node.issuedAt()))
                .put("expires", AuthoringShapes.moment(node.expires()))
                .put("keys", keys);
        if (schema > 1) {
            traits(json, node.traits());
        }
        return json.end();
    }

    private static void traits(Json.Builder json, NodeTraits traits) {
        json.put(
                        "labels",
                        traits.labels().stream()
                                .map(label -> Json.of(label.value()))
                                .toList())
                .put("domain", traits.domain().map(NodeLabel::value).orElse(""))
                .put(
                        "largest",
                        Json.object()
                                .put("vcpus", traits.largest().vcpus())
                                .put("mem_mib", traits.largest().memMib())
                                .end())
                .put("max_tenants", traits.maxTenants())
                .put("reboot", traits.reboot().word())
                .put("ek", traits.ek().map(Digest::value).orElse(""))
                .put(
                        "admitted",
                        traits.admitted().stream()
                                .map(boot -> Json.of(boot.value()))
                                .toList());
    }
}
