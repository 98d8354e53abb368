package dev.mvm.protocol.trust.authoring;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Digest;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Rfc3339;
import java.time.Instant;

/// Word of operators that a tenant has ended for good: its keys are destroyed, and no later grant of its name is taken.
///
/// @param fleet digest of the first trust root of the tenant's fleet
/// @param version above that of every grant of the tenant
public record Tombstone(Digest fleet, TenantId tenant, int version, Instant issuedAt) {
    public static final DocumentType TYPE = new DocumentType("tombstone", 1, 1, 1024);

    public Tombstone {
        if (version < 1) {
            throw new IllegalArgumentException("tombstone version " + version + ": want 1 or more");
        }
    }

    /// Returns the contents of a payload without verification.
    ///
    /// @param schema of the envelope, 1
    /// @throws JsonException if it is not a tombstone of that schema
    public static Tombstone read(byte[] payload, int schema) throws JsonException {
        return TYPE.read(payload, schema, Tombstone::tombstone);
    }

    private static Tombstone tombstone(JsonFields fields) throws JsonException {
        return new Tombstone(
                fields.parsed("fleet", Digest::new),
                fields.parsed("tenant", TenantId::new),
                fields.intBetween("version", 1, Integer.MAX_VALUE),
                fields.parsed("issued_at", Rfc3339::parse));
    }

    Json json() {
        return Json.object()
                .put("schema", 1)
                .put("fleet", fleet.value())
                .put("tenant", tenant.value())
                .put("version", version)
                .put("issued_at", AuthoringShapes.moment(issuedAt))
                .end();
    }
}
