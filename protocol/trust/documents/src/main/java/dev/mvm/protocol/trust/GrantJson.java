package dev.mvm.protocol.trust;

import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;

/// Reads grants, which are JSON, schema 1.
public final class GrantJson {
    private GrantJson() {}

    /// Returns the contents of a payload without verification.
    ///
    /// @throws JsonException if it is not a grant
    public static Grant read(byte[] payload) throws JsonException {
        return DocumentType.GRANT.read(payload, GrantJson::grant);
    }

    private static Grant grant(JsonFields fields) throws JsonException {
        return new Grant(
                fields.parsed("tenant", TenantId::new),
                fields.intBetween("version", 1, Integer.MAX_VALUE),
                JsonShapes.network(fields),
                fields.parsed("not_before", Rfc3339::parse),
                fields.parsed("expires", Rfc3339::parse),
                fields.object("quotas", JsonShapes::quotas),
                fields.objects("pools", Grant.MAX_POOLS, GrantJson::pool),
                fields.optionalObjects("keys", Grant.MAX_KEYS, GrantJson::key));
    }

    private static Grant.Pool pool(JsonFields fields) throws JsonException {
        return new Grant.Pool(
                fields.parsed("pool", PoolId::new),
                fields.objects("revisions", Grant.MAX_REVISIONS, JsonShapes::revision),
                fields.object("ceiling", JsonShapes::resources),
                fields.object("count", GrantJson::range),
                JsonShapes.flags(fields));
    }

    private static Grant.Range range(JsonFields fields) throws JsonException {
        return new Grant.Range(
                fields.intBetween("min", 0, Integer.MAX_VALUE), fields.intBetween("max", 0, Integer.MAX_VALUE));
    }

    private static Grant.Key key(JsonFields fields) throws JsonException {
        return new Grant.Key(
                fields.parsed("id", KeyName::new),
                fields.parsed("purpose", KeyPurpose::of),
                fields.intBetween("min_version", 1, Integer.MAX_VALUE));
    }
}
