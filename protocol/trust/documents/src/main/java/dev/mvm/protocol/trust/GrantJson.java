package dev.mvm.protocol.trust;

import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;

/// Reads grants, which are JSON, schema 3.
public final class GrantJson {
    private GrantJson() {}

    /// Returns the contents of a payload without verification.
    ///
    /// @param schema of the envelope
    /// @throws JsonException if it is not a grant of that schema
    public static Grant read(byte[] payload, int schema) throws JsonException {
        return DocumentType.GRANT.read(payload, schema, GrantJson::grant);
    }

    private static Grant grant(JsonFields fields) throws JsonException {
        fields.optional("release"); // for the key service: a node obeys nothing in it
        return new Grant(
                fields.parsed("tenant", TenantId::new),
                fields.intBetween("version", 1, Integer.MAX_VALUE),
                JsonShapes.network(fields),
                fields.parsed("not_before", Rfc3339::parse),
                fields.parsed("expires", Rfc3339::parse),
                fields.object("quotas", JsonShapes::quotas),
                fields.objects("pools", Grant.MAX_POOLS, GrantJson::pool),
                fields.objects("runtimes", Grant.MAX_RUNTIMES, JsonShapes::runtime),
                fields.optionalObjects("keys", Grant.MAX_KEYS, GrantJson::key),
                fields.parsed("mode", GrantJson::mode));
    }

    private static NodeMode mode(String word) throws JsonException {
        return NodeMode.of(word).orElseThrow(() -> new JsonException("no such mode"));
    }

    private static Grant.Pool pool(JsonFields fields) throws JsonException {
        return new Grant.Pool(
                fields.parsed("pool", PoolId::new),
                fields.strings("revisions", Grant.MAX_REVISIONS, Digest::new),
                fields.object("ceiling", JsonShapes::resources),
                fields.object("count", GrantJson::range),
                JsonShapes.flags(fields),
                fields.object("rates", JsonShapes::rates));
    }

    private static Grant.Range range(JsonFields fields) throws JsonException {
        return new Grant.Range(fields.number("min"), fields.number("max"));
    }

    private static Grant.Key key(JsonFields fields) throws JsonException {
        return new Grant.Key(
                fields.parsed("id", KeyName::new),
                fields.parsed("purpose", KeyPurpose::of),
                fields.intBetween("min_version", 1, Integer.MAX_VALUE));
    }
}
