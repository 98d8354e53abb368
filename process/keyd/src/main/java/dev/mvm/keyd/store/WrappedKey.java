package dev.mvm.keyd.store;

import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/// A tenant's key under an epoch of a master key that is here or in a token, written `eN:` and, in Base64, nonce,
/// ciphertext and tag of AES-256-GCM with the key's place as associated data.
///
/// @param epoch 1 or more
/// @param box 60 bytes
@SuppressWarnings("ArrayRecordComponent") // never compared
record WrappedKey(int epoch, byte[] box) {
    private static final Pattern FORM = Pattern.compile("e([1-9][0-9]{0,8}):([A-Za-z0-9+/]{80})");

    /// Returns what `text` is; empty if it is something else.
    static Optional<WrappedKey> of(String text) {
        var match = FORM.matcher(text);
        return match.matches()
                ? Optional.of(new WrappedKey(
                        Integer.parseInt(match.group(1)), Base64.getDecoder().decode(match.group(2))))
                : Optional.empty();
    }

    String text() {
        return "e" + epoch + ":" + Base64.getEncoder().encodeToString(box);
    }
}
