package dev.mvm.model;

import java.util.Arrays;
import java.util.Base64;

/// Bytes as a value: copied in, copied out, compared by content.
public final class Bytes {
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    public static Bytes of(byte[] content) {
        return content.length == 0 ? EMPTY : new Bytes(content.clone());
    }

    /// Reads bytes in Base64, in the one canonical spelling.
    ///
    /// @throws IllegalArgumentException for anything else
    public static Bytes ofBase64(String text) {
        var bytes = Base64.getDecoder().decode(text);
        if (!Base64.getEncoder().encodeToString(bytes).equals(text)) {
            throw new IllegalArgumentException("not canonical Base64");
        }
        return of(bytes);
    }

    public int length() {
        return content.length;
    }

    public byte[] array() {
        return content.clone();
    }

    public Digest digest() {
        return Digest.of(content);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    @Override
    public String toString() {
        return content.length + " bytes";
    }
}
