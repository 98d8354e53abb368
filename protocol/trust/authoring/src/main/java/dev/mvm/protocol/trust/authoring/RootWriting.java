package dev.mvm.protocol.trust.authoring;

import dev.mvm.crypto.verify.KeyId;
import dev.mvm.json.Json;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;

/// Trust roots to JSON, schema 1 or 2.
final class RootWriting {
    private RootWriting() {}

    /// The lowest schema that has everything that the root says.
    static int schema(TrustRoot root) {
        return root.keys(Role.NODE).equals(root.keys(Role.GRANT))
                        && root.compromised().isEmpty()
                        && !root.roles().containsKey(Role.KEYS)
                ? 1
                : 2;
    }

    static Json json(TrustRoot root, int schema) {
        var roles = Json.object();
        for (var role : Role.values()) {
            if (schema > 1
                    ? root.roles().containsKey(role)
                    : role.compareTo(Role.NODE) < 0) { // the first three are schema 1's
                roles.put(role.word(), keys(root.keys(role)));
            }
        }
        var json = Json.object()
                .put("schema", schema)
                .put("version", root.version())
                .put("issued_at", AuthoringShapes.moment(root.issuedAt()))
                .put("expires", AuthoringShapes.moment(root.expires()))
                .put("roles", roles.end());
        if (schema > 1) {
            json.put(
                    "compromised",
                    root.compromised().stream()
                            .sorted()
                            .map(KeyId::value)
                            .map(Json::of)
                            .toList());
        }
        return json.end();
    }

    private static Json keys(TrustRoot.Keys keys) {
        return Json.object()
                .put("threshold", keys.threshold())
                .put(
                        "keys",
                        keys.keys().stream().map(key -> Json.of(key.base64())).toList())
                .end();
    }
}
