package dev.mvm.protocol.trust.authoring;

import dev.mvm.json.Json;
import dev.mvm.protocol.trust.NodeDocument;
import java.util.Base64;

/// Node documents to JSON, schema 1.
final class NodeWriting {
    private NodeWriting() {}

    static Json json(NodeDocument node) {
        return Json.object()
                .put("schema", 1)
                .put("fleet", node.fleet().value())
                .put("node", node.node().value())
                .put("version", node.version())
                .put("issued_at", AuthoringShapes.moment(node.issuedAt()))
                .put("expires", AuthoringShapes.moment(node.expires()))
                .put(
                        "keys",
                        node.key().stream()
                                .map(key -> Json.of(NodeDocument.KEY_PREFIX
                                        + Base64.getEncoder().encodeToString(key.array())))
                                .toList())
                .end();
    }
}
