package dev.mvm.protocol.trust;

import dev.mvm.crypto.verify.KeyId;
import dev.mvm.crypto.verify.Pae;
import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Bytes;
import java.util.List;

/// An envelope in a strict profile of DSSE 1.0, in its JSON form: the exact bytes of a document, and who says to have
/// signed them. An
/// envelope proves nothing; only a [Verifier] turns it into something to act on.
///
/// @param mediaType the document's type, part of what is signed
/// @param payload the document, byte for byte
/// @param signatures at most [#MAX_SIGNATURES]
public record Envelope(String mediaType, Bytes payload, List<Signature> signatures) {
    public static final int MAX_SIGNATURES = 32;

    /// One signature; the key id is a hint which key to try. Of a scheme that is not known, nothing more is read.
    public record Signature(KeyId key, Bytes value) {}

    public Envelope {
        signatures = List.copyOf(signatures);
        if (signatures.size() > MAX_SIGNATURES) {
            throw new IllegalArgumentException("more than " + MAX_SIGNATURES + " signatures");
        }
    }

    /// Returns the bytes that signatures cover.
    public byte[] signedBytes() {
        return Pae.encode(mediaType, payload.array());
    }

    /// Reads an envelope that should hold a document of `type`.
    ///
    /// @throws RefusedException `too_large`, `malformed` or `wrong_type`
    public static Envelope parse(byte[] text, DocumentType type) throws RefusedException {
        if (text.length > type.maxEnvelopeBytes()) {
            throw new RefusedException(
                    DocumentReason.TOO_LARGE,
                    "the envelope has " + text.length + " bytes, at most " + type.maxEnvelopeBytes());
        }
        var envelope = read(text);
        if (envelope.schema(type) == 0) {
            throw new RefusedException(DocumentReason.WRONG_TYPE, "the envelope does not hold a " + type.mediaType());
        }
        if (envelope.payload.length() > type.maxBytes()) {
            throw new RefusedException(
                    DocumentReason.TOO_LARGE,
                    "the document has " + envelope.payload.length() + " bytes, at most " + type.maxBytes());
        }
        return envelope;
    }

    /// Returns the schema of the document of `type` that this envelope should hold, or 0 if it holds none.
    public int schema(DocumentType type) {
        return type.schema(mediaType);
    }

    private static Envelope read(byte[] text) throws RefusedException {
        try {
            var limits = new JsonLimits(text.length, 4, text.length, true);
            return Json.parseObject(text, limits)
                    .read(fields -> new Envelope(
                            fields.string("payloadType"),
                            fields.parsed("payload", Bytes::ofBase64),
                            fields.objects("signatures", MAX_SIGNATURES, Envelope::signature)));
        } catch (JsonException e) {
            throw new RefusedException(DocumentReason.MALFORMED, "not an envelope: " + e.getMessage());
        }
    }

    private static Signature signature(JsonFields fields) throws JsonException {
        var key = fields.parsed("keyid", KeyId::new);
        var value = fields.parsed("sig", Bytes::ofBase64);
        if (key.known() && value.length() != SignatureCheck.SIGNATURE_BYTES) {
            throw new JsonException("an Ed25519 signature has 64 bytes");
        }
        return new Signature(key, value);
    }
}
