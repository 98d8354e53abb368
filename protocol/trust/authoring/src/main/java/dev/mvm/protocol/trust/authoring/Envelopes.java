package dev.mvm.protocol.trust.authoring;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// Envelopes in a strict profile of DSSE 1.0, as they are made: a payload, then signatures one by one, then JSON text.
public final class Envelopes {
    private Envelopes() {}

    /// Returns an unsigned document of the schema that its payload says.
    public static Envelope unsigned(DocumentType type, byte[] payload) {
        return unsigned(type, schema(type, payload), payload);
    }

    /// Returns an unsigned document.
    ///
    /// @param schema the oldest to the newest of its kind; a reader refuses a payload of another one
    public static Envelope unsigned(DocumentType type, int schema, byte[] payload) {
        return new Envelope(type.mediaType(schema), Bytes.of(payload), List.of());
    }

    /// Returns the newest for what is not a document of this kind; its reader says what is wrong with it.
    private static int schema(DocumentType type, byte[] payload) {
        try {
            return Json.parse(payload, JsonLimits.foreign(payload.length)) instanceof Json.Obj(var members)
                            && members.get("schema") instanceof Json.Int(var schema)
                            && schema >= type.oldest()
                            && schema <= type.newest()
                    ? (int) schema
                    : type.newest();
        } catch (JsonException e) {
            return type.newest();
        }
    }

    /// The same document with one more signature; a former one by the same key is replaced.
    ///
    /// @throws IllegalArgumentException if there would be more than [Envelope#MAX_SIGNATURES]
    public static Envelope signed(Envelope envelope, Envelope.Signature signature) {
        var all = new ArrayList<Envelope.Signature>();
        for (var earlier : envelope.signatures()) {
            if (!earlier.key().equals(signature.key())) {
                all.add(earlier);
            }
        }
        all.add(signature);
        return new Envelope(envelope.mediaType(), envelope.payload(), all);
    }

    /// The envelope as JSON text.
    public static byte[] bytes(Envelope envelope) {
        var signatures = new ArrayList<Json>();
        for (var signature : envelope.signatures()) {
            signatures.add(Json.object()
                    .put("keyid", signature.key().value())
                    .put("sig", base64(signature.value()))
                    .end());
        }
        return Json.object()
                .put("payloadType", envelope.mediaType())
                .put("payload", base64(envelope.payload()))
                .put("signatures", signatures)
                .end()
                .bytes();
    }

    private static String base64(Bytes bytes) {
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
