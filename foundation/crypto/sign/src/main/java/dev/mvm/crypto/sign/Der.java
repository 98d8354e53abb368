package dev.mvm.crypto.sign;

import java.io.ByteArrayOutputStream;
import java.io.Serial;
import java.math.BigInteger;
import java.util.Arrays;

/// The part of DER (X.690) that a key file is made of: elements with one byte of tag and a definite length in its
/// shortest form. A reader goes through the elements of one SEQUENCE from first to last.
final class Der {
    static final int INTEGER = 0x02;
    static final int OCTET_STRING = 0x04;
    static final int NULL = 0x05;
    static final int OBJECT_IDENTIFIER = 0x06;
    static final int SEQUENCE = 0x30;

    /// Most bytes of a length; a key file has less than 65,536 bytes.
    private static final int LENGTH_BYTES = 2;

    private static final int MOST = 1 << (8 * LENGTH_BYTES);

    private final byte[] bytes;
    private int at;

    /// A reader of the elements that stand in `bytes` one after the other.
    Der(byte[] bytes) {
        this.bytes = bytes.clone();
    }

    /// Something is not DER, or not the element that was to come.
    static final class UnexpectedException extends Exception {
        @Serial
        private static final long serialVersionUID = 1L;

        UnexpectedException(String message) {
            super(message);
        }
    }

    /// Returns whether the next element has this tag.
    boolean next(int tag) {
        return at < bytes.length && (bytes[at] & 0xff) == tag;
    }

    /// Reads the content of the next element.
    byte[] content(int tag) throws UnexpectedException {
        if (!next(tag)) {
            throw new UnexpectedException("no element of tag " + tag);
        }
        int from = at + 1;
        int length = octet(from++);
        if (length > 0x80 && length <= 0x80 + LENGTH_BYTES) {
            int digits = length - 0x80;
            length = 0;
            for (int i = 0; i < digits; i++) {
                length = (length << 8) | octet(from++);
            }
            if (length < 0x80 || (digits == LENGTH_BYTES && length <= 0xff)) {
                throw new UnexpectedException("a length that is longer than it has to be");
            }
        } else if (length >= 0x80) {
            throw new UnexpectedException("a length that is indefinite or too large");
        }
        if (length > bytes.length - from) {
            throw new UnexpectedException("an element that is cut short");
        }
        at = from + length;
        return Arrays.copyOfRange(bytes, from, at);
    }

    /// Reads the next element, a SEQUENCE, by a reader of its own.
    Der sequence() throws UnexpectedException {
        return new Der(content(SEQUENCE));
    }

    /// Reads an INTEGER that is not negative and fits 63 bits.
    long number() throws UnexpectedException {
        var content = content(INTEGER);
        if (content.length == 0 || content.length > Long.BYTES || content[0] < 0) {
            throw new UnexpectedException("a number that is negative or too large");
        }
        if (content.length > 1 && content[0] == 0 && content[1] >= 0) {
            throw new UnexpectedException("a number that is longer than it has to be");
        }
        long number = 0;
        for (byte digit : content) {
            number = (number << 8) | (digit & 0xff);
        }
        return number;
    }

    /// Refuses more elements.
    void end() throws UnexpectedException {
        if (at != bytes.length) {
            throw new UnexpectedException("something behind the last element");
        }
    }

    private int octet(int index) throws UnexpectedException {
        if (index >= bytes.length) {
            throw new UnexpectedException("an element that is cut short");
        }
        return bytes[index] & 0xff;
    }

    /// Encodes an element whose content is these parts.
    static byte[] element(int tag, byte[]... parts) {
        var content = new ByteArrayOutputStream();
        for (var part : parts) {
            content.writeBytes(part);
        }
        int length = content.size();
        if (length >= MOST) {
            throw new IllegalArgumentException("longer than any key");
        }
        var out = new ByteArrayOutputStream();
        out.write(tag);
        if (length > 0xff) {
            out.write(0x82);
            out.write(length >> 8);
        } else if (length > 0x7f) {
            out.write(0x81);
        }
        out.write(length);
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }

    /// Encodes an INTEGER that is not negative.
    static byte[] number(long value) {
        if (value < 0) {
            throw new IllegalArgumentException("negative");
        }
        return element(INTEGER, BigInteger.valueOf(value).toByteArray());
    }
}
