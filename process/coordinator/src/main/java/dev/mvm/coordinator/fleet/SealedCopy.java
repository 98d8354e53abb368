package dev.mvm.coordinator.fleet;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.SealedKey;
import java.util.Base64;

/// A key encrypted to one node. It is kept, because encrypting again would give other bytes, and so another state.
/// One that an earlier version has written has no check value.
///
/// @param receiver fingerprint of the node's key
public record SealedCopy(String receiver, SealedKey key) {
    SealedCopy(JsonFields fields) throws JsonException {
        this(
                fields.string("receiver"),
                new SealedKey(
                        fields.parsed("id", KeyName::new),
                        fields.parsed("purpose", KeyPurpose::of),
                        fields.intBetween("version", 1, Integer.MAX_VALUE),
                        fields.parsed("enc", Envelope::base64),
                        fields.parsed("sealed", Envelope::base64),
                        SealedKey.check(fields)));
    }

    Json.Obj json() {
        var json = Json.object()
                .put("receiver", receiver)
                .put("id", key.id().value())
                .put("purpose", key.purpose().word())
                .put("version", key.version())
                .put("enc", base64(key.enc()))
                .put("sealed", base64(key.sealed()));
        key.check().ifPresent(check -> json.put("check", base64(check)));
        return json.end();
    }

    private static String base64(Bytes bytes) {
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
