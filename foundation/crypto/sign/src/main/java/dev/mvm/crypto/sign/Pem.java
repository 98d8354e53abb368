package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Base64;

/// One private key in PEM (RFC 7468), and nothing else.
final class Pem {
    /// Label of a plain key.
    static final String PLAIN = "PRIVATE KEY";

    /// Label of one that a passphrase protects.
    static final String ENCRYPTED = "ENCRYPTED PRIVATE KEY";

    private final String label;
    private final byte[] content;

    Pem(String label, byte[] content) {
        this.label = label;
        this.content = content.clone();
    }

    /// Reads a file's content, whose bytes are the caller's to wipe.
    ///
    /// @throws IllegalArgumentException if it is not one block of the two kinds
    static Pem parse(byte[] text) {
        var all = new String(text, US_ASCII).strip();
        for (var label : new String[] {PLAIN, ENCRYPTED}) {
            var begin = "-----BEGIN " + label + "-----";
            var end = "-----END " + label + "-----";
            if (all.startsWith(begin) && all.endsWith(end) && all.length() >= begin.length() + end.length()) {
                var body = all.substring(begin.length(), all.length() - end.length());
                return new Pem(label, Base64.getDecoder().decode(body.replaceAll("[ \t\r\n]", "")));
            }
        }
        throw new IllegalArgumentException("not PEM of a private key");
    }

    boolean encrypted() {
        return label.equals(ENCRYPTED);
    }

    byte[] content() {
        return content.clone();
    }

    /// The block as text.
    byte[] bytes() {
        var body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return ("-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n").getBytes(US_ASCII);
    }
}
