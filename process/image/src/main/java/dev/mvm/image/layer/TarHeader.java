package dev.mvm.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.image.ImageException;
import java.util.Arrays;

/// One header block of a tar: POSIX ustar, GNU or the old format. Text is bytes, one character each.
final class TarHeader {
    private static final int TYPE = 156;
    private static final int CHECKSUM = 148;
    private static final int MAGIC = 257;

    private final String layer;
    private final byte[] block;

    /// @param layer for messages
    /// @param block is kept, not copied
    TarHeader(String layer, byte[] block) {
        this.layer = layer;
        this.block = block;
    }

    boolean isZero() {
        for (byte octet : block) {
            if (octet != 0) {
                return false;
            }
        }
        return true;
    }

    /// @throws ImageException unless the sum of the block's bytes is what it says
    void verify() throws ImageException {
        long unsigned = 8 * ' ';
        long signed = 8 * ' ';
        for (int i = 0; i < block.length; i++) {
            if (i < CHECKSUM || i >= CHECKSUM + 8) {
                unsigned += block[i] & 0xff;
                signed += block[i];
            }
        }
        long stated = number(CHECKSUM, 8);
        if (stated != unsigned && stated != signed) {
            throw malformed("a header's checksum is wrong, or it is no tar");
        }
    }

    char type() {
        return (char) (block[TYPE] & 0xff);
    }

    String name() {
        var name = text(0, 100);
        var posix = text(MAGIC, 6).equals("ustar") && block[MAGIC + 5] == 0;
        var prefix = posix ? text(345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    String link() {
        return text(157, 100);
    }

    int mode() throws ImageException {
        return (int) (number(100, 8) & 07777);
    }

    long uid() throws ImageException {
        return number(108, 8);
    }

    long gid() throws ImageException {
        return number(116, 8);
    }

    long size() throws ImageException {
        return number(124, 12);
    }

    long mtime() throws ImageException {
        return number(136, 12);
    }

    /// Returns whether both numbers of a device are 0.
    boolean deviceIsZero() throws ImageException {
        return number(329, 8) == 0 && number(337, 8) == 0;
    }

    boolean flag(int at) {
        return block[at] != 0;
    }

    String text(int from, int length) {
        int end = from;
        while (end < from + length && block[end] != 0) {
            end++;
        }
        return new String(block, from, end - from, ISO_8859_1);
    }

    /// Returns a number: octal digits between spaces or zero bytes, or, if the first bit is set, a binary one.
    long number(int from, int length) throws ImageException {
        if ((block[from] & 0x80) != 0) {
            return binary(Arrays.copyOfRange(block, from, from + length));
        }
        var digits = text(from, length).strip();
        long value = 0;
        for (int i = 0; i < digits.length(); i++) { // 12 digits at most: 36 bits
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 7) {
                throw malformed("a header's number is no number");
            }
            value = (value << 3) | digit;
        }
        return value;
    }

    private long binary(byte[] field) throws ImageException {
        boolean negative = (field[0] & 0x40) != 0;
        field[0] = (byte) (negative ? field[0] | 0x80 : field[0] & 0x7f);
        long value = negative ? -1 : 0;
        for (byte octet : field) {
            if (value > Long.MAX_VALUE >> 8 || value < Long.MIN_VALUE >> 8) {
                throw malformed("a header's number is out of range");
            }
            value = value << 8 | (octet & 0xff);
        }
        return value;
    }

    ImageException malformed(String fact) {
        return malformed(layer, fact);
    }

    static ImageException malformed(String layer, String fact) {
        return new ImageException("layer_malformed", layer + " is refused: " + fact);
    }
}
