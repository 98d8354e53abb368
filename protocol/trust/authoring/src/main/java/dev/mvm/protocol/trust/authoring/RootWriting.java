package dev.mvm.protocol.trust.authoring;

import dev.mvm.json.Json;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;

/// Trust roots to JSON, schema 1.
final class RootWriting {
    private RootWriting() {}

    static Json json(TrustRoot root) {
        var roles = Json.object();
        for (var role : Role.values()) {
            var keys = root.keys(role);
            roles.put(
                    role.word(),
                    Json.object()
                            .put("threshold", keys.threshold())
                            .put(
                                    "keys",
                                    keys.keys().stream()
                                            .map(key -> Json.of(key.base64()))
                                            .toList())
                            .end());
        }
        return Json.object()
                .put("schema", 1)
                .put("version", root.version())
                .put("issued_at", AuthoringShapes.moment(root.issuedAt()))
                .put("expires", AuthoringShapes.moment(root.expires()))
                .put("roles", roles.end())
                .end();
    }
}
