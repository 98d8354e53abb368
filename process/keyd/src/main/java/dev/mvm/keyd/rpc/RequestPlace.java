package dev.mvm.keyd.rpc;

import dev.mvm.protocol.keyd.service.KeydRequest;

/// The subject of a request, for the audit.
///
/// @param alarm whether a refused document in it is one: nothing honest signs such
record RequestPlace(String action, String tenant, String node, boolean alarm) {
    static RequestPlace of(KeydRequest request) {
        return switch (request) {
            case KeydRequest.Publish _ -> new RequestPlace("publish", "", "", false);
            case KeydRequest.Challenge(var node, var _) -> new RequestPlace("challenge", "", node.value(), false);
            case KeydRequest.Seal _ -> new RequestPlace("release", "", "", true);
            case KeydRequest.Rotate(var tenant, var _) -> new RequestPlace("rotate", tenant.value(), "", false);
            case KeydRequest.ListKeys _ -> new RequestPlace("keys", "", "", false);
            case KeydRequest.ListReleases _ -> new RequestPlace("releases", "", "", false);
            case KeydRequest.AskStatus _ -> new RequestPlace("status", "", "", false);
            case KeydRequest.Rewrap _ -> new RequestPlace("rewrap", "", "", false);
        };
    }
}
