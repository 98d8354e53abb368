package dev.mvm.protocol.trust.authoring;

import dev.mvm.json.Json;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// DSSE 1.0 envelopes as they are made: a payload, then signatures one by one, then JSON text.
public final class Envelopes {
    private Envelopes() {}

    /// A document that nobody has signed yet.
    public static Envelope unsigned(DocumentType type, byte[] payload) {
        return new Envelope(type.mediaType(), Bytes.of(payload), List.of());
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
