package dev.mvm.protocol.trust.authoring;

import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.JsonException;
import java.util.List;
import java.util.Optional;

/// A node's key as its document writes it: `ed25519:` and the key in Base64. Texts that begin otherwise are passed
/// over: they are for later versions, and of earlier ones, which encrypted tenants' keys to `x25519:`.
final class NodeKeyText {
    private static final String BEGINNING = "ed25519:";

    private NodeKeyText() {}

    static String of(VerifyKey key) {
        return BEGINNING + key.base64();
    }

    /// Returns the key among a document's texts.
    ///
    /// @throws JsonException if there are several, or it is no key
    static Optional<VerifyKey> in(List<String> texts) throws JsonException {
        var own = texts.stream().filter(text -> text.startsWith(BEGINNING)).toList();
        if (own.size() > 1) {
            throw new JsonException("field 'keys' has more than one key of type ed25519");
        }
        try {
            return own.stream().findFirst().map(text -> VerifyKey.ofBase64(text.substring(BEGINNING.length())));
        } catch (IllegalArgumentException e) {
            throw new JsonException("field 'keys' has no key of type ed25519: " + e.getMessage());
        }
    }
}
