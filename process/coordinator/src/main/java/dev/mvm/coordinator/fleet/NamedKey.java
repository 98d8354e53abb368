package dev.mvm.coordinator.fleet;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import java.util.Base64;

/// A tenant's key of the key service, as states name it. It is kept so that states stay the same while the service does
/// not answer. Nothing of it is secret.
///
/// @param version the primary one, 1 or more
/// @param check the key's check value, 16 bytes
public record NamedKey(TenantId tenant, KeyName id, KeyPurpose purpose, int version, Bytes check) {
    NamedKey(JsonFields fields) throws JsonException {
        this(
                fields.parsed("tenant", TenantId::new),
                fields.parsed("id", KeyName::new),
                fields.parsed("purpose", KeyPurpose::of),
                fields.intBetween("version", 1, Integer.MAX_VALUE),
                fields.parsed("check", Bytes::ofBase64));
    }

    Json.Obj json() {
        return Json.object()
                .put("tenant", tenant.value())
                .put("id", id.value())
                .put("purpose", purpose.word())
                .put("version", version)
                .put("check", Base64.getEncoder().encodeToString(check.array()))
                .end();
    }
}
