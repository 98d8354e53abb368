package dev.mvm.protocol.trust;

import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import java.util.Optional;

/// Reads node states, which are JSON, schema 3.
final class NodeStateJson {
    /// Stands for the predecessor of a node's first state.
    private static final String FIRST = "none";

    private NodeStateJson() {}

    static NodeState read(byte[] payload, int schema) throws JsonException {
        return DocumentType.NODE_STATE.read(payload, schema, NodeStateJson::state);
    }

    private static NodeState state(JsonFields fields) throws JsonException {
        return new NodeState(
                fields.parsed("node", NodeId::new),
                fields.integer("sequence", 1, Long.MAX_VALUE),
                fields.parsed("previous", NodeStateJson::previous),
                fields.parsed("issued_at", Rfc3339::parse),
                fields.parsed("expires", Rfc3339::parse),
                fields.strings("grants", NodeState.MAX_TENANTS, Digest::new),
                fields.objects("tenants", NodeState.MAX_TENANTS, NodeStateJson::tenant));
    }

    private static Optional<Digest> previous(String text) {
        return text.equals(FIRST) ? Optional.empty() : Optional.of(new Digest(text));
    }

    private static NodeState.Tenant tenant(JsonFields fields) throws JsonException {
        return new NodeState.Tenant(
                fields.parsed("tenant", TenantId::new),
                JsonShapes.network(fields),
                fields.object("quotas", JsonShapes::quotas),
                fields.objects("pools", Grant.MAX_POOLS, NodeStateJson::pool),
                fields.optionalObjects("keys", Grant.MAX_KEYS, TenantKey::read));
    }

    private static NodeState.Pool pool(JsonFields fields) throws JsonException {
        return new NodeState.Pool(
                fields.parsed("pool", PoolId::new),
                fields.parsed("revision", Digest::new),
                fields.object("resources", JsonShapes::resources),
                fields.object("counts", NodeStateJson::counts),
                JsonShapes.flags(fields),
                fields.object("rates", JsonShapes::rates));
    }

    private static Counts counts(JsonFields fields) throws JsonException {
        return new Counts(fields.number("running"), fields.number("warm"), fields.number("sleeping"));
    }
}
