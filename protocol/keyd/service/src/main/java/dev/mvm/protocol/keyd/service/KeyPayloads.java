package dev.mvm.protocol.keyd.service;

import dev.mvm.json.Json;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Rfc3339;
import java.util.Base64;

/// Challenges and blobs as the bytes that are signed: compact, because only programs read them.
public final class KeyPayloads {
    private KeyPayloads() {}

    /// A challenge, for signing; its moments are cut to whole seconds.
    public static byte[] of(KeyChallenge challenge) {
        var payload = Json.object()
                .put("schema", 1)
                .put("fleet", challenge.fleet().value())
                .put("node", challenge.node().value())
                .put("nonce", base64(challenge.nonce()))
                .put("period", challenge.period())
                .put("time", Rfc3339.format(challenge.time()))
                .put("expires", Rfc3339.format(challenge.expires()))
                .put("credential", base64(challenge.credential()))
                .end();
        return within(KeyChallenge.TYPE, payload);
    }

    /// A blob, for signing; its moments are cut to whole seconds.
    ///
    /// @throws IllegalArgumentException if it has too many keys for the payload's bound, 1 MiB
    public static byte[] of(KeyBlob blob) {
        var payload = Json.object()
                .put("schema", 1)
                .put("fleet", blob.fleet().value())
                .put("node", blob.node().value())
                .put("statement", blob.statement().value())
                .put("period", blob.period())
                .put("issued", Rfc3339.format(blob.issued()))
                .put("expires", Rfc3339.format(blob.expires()))
                .put("enc", base64(blob.enc()))
                .put("keys", blob.keys().stream().map(KeyPayloads::key).toList())
                .end();
        return within(KeyBlob.TYPE, payload);
    }

    private static Json key(KeyBlob.Key key) {
        return Json.object()
                .put("tenant", key.tenant().value())
                .put("id", key.key().id().value())
                .put("purpose", key.key().purpose().word())
                .put("version", key.key().version())
                .put("primary", key.primary() ? 1 : 0)
                .put("home", key.home().value())
                .put("check", base64(key.key().check()))
                .put("sealed", base64(key.sealed()))
                .end();
    }

    private static byte[] within(DocumentType type, Json payload) {
        var bytes = payload.bytes();
        if (bytes.length > type.maxBytes()) {
            throw new IllegalArgumentException(
                    "the payload has " + bytes.length + " bytes, at most " + type.maxBytes());
        }
        return bytes;
    }

    private static String base64(Bytes bytes) {
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
