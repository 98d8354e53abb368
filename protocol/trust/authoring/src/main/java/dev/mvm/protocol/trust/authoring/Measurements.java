package dev.mvm.protocol.trust.authoring;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.JsonShapes;
import dev.mvm.protocol.trust.Rfc3339;
import java.time.Instant;
import java.util.List;

/// Which software operators accept on nodes, by what a TPM measures when it boots.
///
/// @param fleet digest of the first trust root of the fleet
/// @param version larger than that of every earlier list of the fleet
/// @param expires from this moment on nothing is compared with the list, and so nothing is accepted
/// @param releases each is enough, at most [#MAX_RELEASES], names unique; an empty list accepts nothing
public record Measurements(
        Digest fleet, int version, Instant issuedAt, Instant expires, List<MeasuredRelease> releases) {
    public static final DocumentType TYPE = new DocumentType("measurements", 1, 1, 256 * 1024);

    public static final int MAX_RELEASES = 64;

    public Measurements {
        releases = List.copyOf(releases);
        if (version < 1) {
            throw new IllegalArgumentException("measurements version " + version + ": want 1 or more");
        }
        if (!issuedAt.isBefore(expires)) {
            throw new IllegalArgumentException("the measurements expire before they are issued");
        }
        JsonShapes.eachOnce(releases, MeasuredRelease::name, MAX_RELEASES, "releases");
    }

    /// Returns the contents of a payload without verification.
    ///
    /// @param schema of the envelope, 1
    /// @throws JsonException if it is not a list of measurements of that schema
    public static Measurements read(byte[] payload, int schema) throws JsonException {
        return TYPE.read(payload, schema, Measurements::measurements);
    }

    private static Measurements measurements(JsonFields fields) throws JsonException {
        return new Measurements(
                fields.parsed("fleet", Digest::new),
                fields.intBetween("version", 1, Integer.MAX_VALUE),
                fields.parsed("issued_at", Rfc3339::parse),
                fields.parsed("expires", Rfc3339::parse),
                fields.objects("releases", MAX_RELEASES, MeasuredRelease::read));
    }

    Json json() {
        return Json.object()
                .put("schema", 1)
                .put("fleet", fleet.value())
                .put("version", version)
                .put("issued_at", AuthoringShapes.moment(issuedAt))
                .put("expires", AuthoringShapes.moment(expires))
                .put("releases", releases.stream().map(MeasuredRelease::json).toList())
                .end();
    }
}
