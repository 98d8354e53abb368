package dev.mvm.protocol.trust.authoring;

import java.util.Base64;

/// Keys of a node as its document writes them: a word, a colon, and the key in Base64. Texts with another word are for
/// later versions.
enum NodeKeyText {
    /// X25519: tenants' keys may be encrypted to it.
    SEALING("x25519"),
    /// Ed25519: the node signs with it.
    IDENTITY("ed25519");

    private final String word;

    NodeKeyText(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }

    boolean begins(String text) {
        return text.startsWith(word + ":");
    }

    String rest(String text) {
        return text.substring(word.length() + 1);
    }

    String text(byte[] key) {
        return word + ":" + Base64.getEncoder().encodeToString(key);
    }
}
