package dev.mvm.coordinator.operators;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.TenantId;
import java.time.Instant;

/// An operator's record in the store. It stays after the operator is revoked, so that the name in older audits is
/// never given to another.
///
/// @param name as in the certificate
/// @param days lifetime of its certificates
/// @param changedBy the caller who made or last changed this record
/// @param revoked whether the operator may do nothing, and this is its tombstone
public record OperatorRecord(
        String name, Permission permission, int days, Instant changedAt, String changedBy, boolean revoked) {
    private static final JsonLimits LIMITS = JsonLimits.signed(64 * 1024);

    private OperatorRecord(JsonFields fields) throws JsonException {
        this(
                fields.string("operator"),
                new Permission(
                        fields.parsed(
                                "role",
                                word -> OperatorRole.of(word)
                                        .orElseThrow(() -> new IllegalArgumentException("an unknown role"))),
                        fields.bool("everywhere"),
                        fields.strings("tenants", Permission.MAX_TENANTS, TenantId::new)),
                fields.intBetween("days", 1, Integer.MAX_VALUE),
                fields.parsed("changed_at", Instant::parse),
                fields.string("changed_by"),
                fields.bool("revoked"));
    }

    /// Returns whether this is an admin for all tenants, and not revoked.
    boolean actsAsAdmin() {
        return !revoked && permission.everywhere() && permission.role() == OperatorRole.ADMIN;
    }

    static OperatorRecord read(Entry entry) throws StoreException {
        try {
            var fields = Json.parseObject(entry.value().toByteArray(), LIMITS).fields();
            var record = new OperatorRecord(fields);
            fields.end();
            return record;
        } catch (JsonException | IllegalArgumentException e) {
            throw new StoreException(
                    StoreException.Kind.UNAVAILABLE, "the entry " + entry.key() + " is damaged: " + e.getMessage());
        }
    }

    ByteString bytes() {
        return ByteString.copyFrom(Json.object()
                .put("operator", name)
                .put("role", permission.role().word())
                .put("everywhere", permission.everywhere())
                .put(
                        "tenants",
                        permission.tenants().stream()
                                .map(tenant -> new Json.Str(tenant.value()))
                                .toList())
                .put("days", days)
                .put("changed_at", changedAt.toString())
                .put("changed_by", changedBy)
                .put("revoked", revoked)
                .end()
                .bytes());
    }
}
