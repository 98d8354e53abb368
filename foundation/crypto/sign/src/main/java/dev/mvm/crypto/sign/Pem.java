package dev.mvm.crypto.sign;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import java.util.Base64;

/// One private key in PEM (RFC 7468), and nothing else. Its text is never a string, which could not be wiped.
final class Pem {
    /// Label of a plain key, PKCS #8.
    static final String PLAIN = "PRIVATE KEY";

    /// Label of one that a passphrase protects, PKCS #8.
    static final String ENCRYPTED = "ENCRYPTED PRIVATE KEY";

    /// Label of one that a passphrase protects, as [SealedSeed] says.
    static final String SEALED = "MVM ENCRYPTED SIGNING KEY";

    private static final int LINE = 64;

    private final String label;
    private final byte[] content;

    Pem(String label, byte[] content) {
        this.label = label;
        this.content = content.clone();
    }

    /// Reads a file's content, whose bytes are the caller's to wipe.
    ///
    /// @throws IllegalArgumentException if it is not one block of the three kinds
    static Pem parse(byte[] text) {
        int from = 0;
        int to = text.length;
        while (from < to && space(text[from])) {
            from++;
        }
        while (to > from && space(text[to - 1])) {
            to--;
        }
        for (var label : new String[] {PLAIN, ENCRYPTED, SEALED}) {
            var begin = begin(label);
            var end = end(label);
            if (to - from >= begin.length + end.length
                    && Arrays.equals(text, from, from + begin.length, begin, 0, begin.length)
                    && Arrays.equals(text, to - end.length, to, end, 0, end.length)) {
                var content = decoded(text, from + begin.length, to - end.length);
                try {
                    return new Pem(label, content);
                } finally {
                    Arrays.fill(content, (byte) 0);
                }
            }
        }
        throw new IllegalArgumentException("not PEM of a private key");
    }

    private static byte[] decoded(byte[] text, int from, int to) {
        var body = new byte[to - from];
        int length = 0;
        for (int i = from; i < to; i++) {
            if (!space(text[i])) {
                body[length++] = text[i];
            }
        }
        var digits = Arrays.copyOf(body, length);
        try {
            return Base64.getDecoder().decode(digits);
        } finally {
            Arrays.fill(body, (byte) 0);
            Arrays.fill(digits, (byte) 0);
        }
    }

    private static boolean space(byte character) {
        return character == ' ' || character == '\t' || character == '\r' || character == '\n';
    }

    private static byte[] begin(String label) {
        return ("-----BEGIN " + label + "-----").getBytes(US_ASCII);
    }

    private static byte[] end(String label) {
        return ("-----END " + label + "-----").getBytes(US_ASCII);
    }

    boolean plain() {
        return label.equals(PLAIN);
    }

    boolean sealed() {
        return label.equals(SEALED);
    }

    byte[] content() {
        return content.clone();
    }

    /// Wipes the content.
    void wipe() {
        Arrays.fill(content, (byte) 0);
    }

    /// The block as text.
    byte[] bytes() {
        var begin = begin(label);
        var end = end(label);
        var body = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encode(content);
        var out = new byte[begin.length + 1 + body.length + 1 + end.length + 1];
        Arrays.fill(out, (byte) '\n');
        System.arraycopy(begin, 0, out, 0, begin.length);
        System.arraycopy(body, 0, out, begin.length + 1, body.length);
        System.arraycopy(end, 0, out, begin.length + body.length + 2, end.length);
        Arrays.fill(body, (byte) 0);
        return out;
    }
}
