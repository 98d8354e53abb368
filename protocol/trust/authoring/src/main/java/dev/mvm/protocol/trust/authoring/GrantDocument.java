package dev.mvm.protocol.trust.authoring;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.GrantJson;
import java.util.Optional;

/// A grant with the part that nodes do not read.
///
/// @param grant what nodes obey
/// @param release what the key service obeys; without it the tenant's keys go to no node
public record GrantDocument(Grant grant, Optional<GrantRelease> release) {
    /// A grant that releases keys to no node.
    public GrantDocument(Grant grant) {
        this(grant, Optional.empty());
    }

    /// Returns the contents of a payload without verification.
    ///
    /// @param schema of the envelope
    /// @throws JsonException if it is not a grant of that schema
    public static GrantDocument read(byte[] payload, int schema) throws JsonException {
        var grant = GrantJson.read(payload, schema);
        var members = Json.parseObject(payload, JsonLimits.signed(DocumentType.GRANT.maxBytes()))
                .fields();
        return new GrantDocument(grant, members.optionalObject("release", GrantRelease::read));
    }
}
