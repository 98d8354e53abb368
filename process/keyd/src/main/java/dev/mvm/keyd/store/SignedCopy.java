package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreException.Reason.FAILED;
import static dev.mvm.keyd.store.StoreException.Reason.STORE_DAMAGED;

import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.verify.KeyId;
import dev.mvm.crypto.verify.Pae;
import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.Envelope;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;

/// A copy of a store in one file: a line with a DSSE envelope, whose payload has the SHA-256 of what follows, and
/// what follows, the copy. Who has the file and not the master key opens nothing in it; who alters it is noticed.
///
/// @param made in seconds since 1970, by the clock of who made it
/// @param content as [KeyStore#copy] gave it
public record SignedCopy(long made, Bytes content) {
    private static final String TYPE = "application/vnd.mvm.key-store-copy.v1+json";
    private static final int SCHEMA = 1;
    private static final int MOST_LINE = 4096;

    /// Signs a copy.
    ///
    /// @return the file's content
    /// @throws StoreException `FAILED` if the key does not sign now
    public byte[] signed(SigningKey key) throws StoreException {
        var payload = Json.object()
                .put("schema", SCHEMA)
                .put("made", made)
                .put("size", content.length())
                .put("digest", content.digest().value())
                .end()
                .bytes();
        try {
            var signature = Json.object()
                    .put("keyid", key.verifyKey().id().value())
                    .put("sig", base64(key.sign(Pae.encode(TYPE, payload))))
                    .end();
            var line = Json.object()
                    .put("payloadType", TYPE)
                    .put("payload", base64(payload))
                    .put("signatures", List.of(signature))
                    .end()
                    .bytes();
            var out = Arrays.copyOf(line, line.length + 1 + content.length());
            out[line.length] = '\n';
            System.arraycopy(content.array(), 0, out, line.length + 1, content.length());
            return out;
        } catch (SigningException e) {
            throw new StoreException(FAILED, "the copy cannot be signed: " + e.getMessage(), e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /// Reads a file.
    ///
    /// @param keys those that may have signed it: the role `keys` of the trust root in force
    /// @throws StoreException `STORE_DAMAGED` if it is no such file, was altered, or another key signed it
    public static SignedCopy verified(byte[] file, Collection<VerifyKey> keys, SignatureCheck check)
            throws StoreException {
        int end = 0;
        while (end < Math.min(file.length, MOST_LINE) && file[end] != '\n') {
            end++;
        }
        if (end == Math.min(file.length, MOST_LINE)) {
            throw damaged("its first line is no envelope");
        }
        var content = Bytes.of(Arrays.copyOfRange(file, end + 1, file.length));
        try {
            var payload = payload(Arrays.copyOf(file, end), keys, check);
            return Json.parseObject(payload, JsonLimits.signed(MOST_LINE)).read(in -> read(in, content));
        } catch (JsonException e) {
            throw damaged(String.valueOf(e.getMessage()));
        }
    }

    private static StoreException damaged(String why) {
        return new StoreException(STORE_DAMAGED, "not a signed copy of a store: " + why);
    }

    private static byte[] payload(byte[] line, Collection<VerifyKey> keys, SignatureCheck check)
            throws StoreException, JsonException {
        var envelope = Json.parseObject(line, new JsonLimits(MOST_LINE, 4, MOST_LINE, true))
                .read(SignedCopy::envelope);
        var signed = envelope.signedBytes();
        for (var signature : envelope.signatures()) {
            for (var key : keys) {
                if (envelope.mediaType().equals(TYPE)
                        && key.id().equals(signature.key())
                        && check.valid(key, signed, signature.value().array())) {
                    return envelope.payload().array();
                }
            }
        }
        throw damaged("no key of the role keys has signed it");
    }

    private static Envelope envelope(JsonFields in) throws JsonException {
        return new Envelope(
                in.string("payloadType"),
                in.parsed("payload", Bytes::ofBase64),
                in.objects("signatures", Envelope.MAX_SIGNATURES, SignedCopy::signature));
    }

    private static Envelope.Signature signature(JsonFields in) throws JsonException {
        var key = in.parsed("keyid", KeyId::new);
        var value = in.parsed("sig", Bytes::ofBase64);
        if (value.length() != SignatureCheck.SIGNATURE_BYTES) {
            throw new JsonException("an Ed25519 signature has 64 bytes");
        }
        return new Envelope.Signature(key, value);
    }

    private static SignedCopy read(JsonFields in, Bytes content) throws JsonException {
        var _ = in.integer("schema", SCHEMA, SCHEMA);
        long made = in.integer("made", 0, Long.MAX_VALUE);
        long size = in.integer("size", 0, Integer.MAX_VALUE);
        var digest = in.parsed("digest", Digest::new);
        if (size != content.length() || !digest.equals(content.digest())) {
            throw new JsonException("its content was altered or cut off");
        }
        return new SignedCopy(made, content);
    }
}
