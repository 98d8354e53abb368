package dev.mvm.protocol.trust.authoring;

import dev.mvm.json.Json;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.TenantKey;
import java.util.Base64;

/// Node states to JSON.
final class StateWriting {
    /// Stands for the predecessor of a node's first state.
    private static final String FIRST = "none";

    private StateWriting() {}

    static Json json(NodeState state) {
        return Json.object()
                .put("schema", DocumentType.NODE_STATE.newest())
                .put("node", state.node().value())
                .put("sequence", state.sequence())
                .put("previous", state.previous().map(Digest::value).orElse(FIRST))
                .put("issued_at", AuthoringShapes.moment(state.issuedAt()))
                .put("expires", AuthoringShapes.moment(state.expires()))
                .put(
                        "grants",
                        state.grants().stream()
                                .map(digest -> Json.of(digest.value()))
                                .toList())
                .put(
                        "tenants",
                        state.tenants().stream().map(StateWriting::tenant).toList())
                .end();
    }

    private static Json tenant(NodeState.Tenant tenant) {
        var json = Json.object()
                .put("tenant", tenant.tenant().value())
                .put("net_id", tenant.network().net().value())
                .put("subnet", tenant.network().subnet().toString())
                .put("quotas", AuthoringShapes.quotas(tenant.quotas()))
                .put("pools", tenant.pools().stream().map(StateWriting::pool).toList());
        if (!tenant.keys().isEmpty()) { // as in a grant
            json.put("keys", tenant.keys().stream().map(StateWriting::key).toList());
        }
        return json.end();
    }

    private static Json pool(NodeState.Pool pool) {
        return Json.object()
                .put("pool", pool.pool().value())
                .put("revision", pool.revision().value())
                .put("resources", AuthoringShapes.resources(pool.resources()))
                .put(
                        "counts",
                        Json.object()
                                .put("running", pool.counts().running())
                                .put("warm", pool.counts().warm())
                                .put("sleeping", pool.counts().sleeping())
                                .end())
                .put("flags", AuthoringShapes.flags(pool.flags()))
                .put("rates", AuthoringShapes.rates(pool.rates()))
                .end();
    }

    private static Json key(TenantKey key) {
        return Json.object()
                .put("id", key.id().value())
                .put("purpose", key.purpose().word())
                .put("version", key.version())
                .put("check", Base64.getEncoder().encodeToString(key.check().array()))
                .end();
    }
}
