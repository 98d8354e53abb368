package dev.mvm.cli.certificate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/// The part of DER (X.690) that a certificate and a request for one need: each value consists of tag, length and
/// content.
public final class CertificateDer {
    private static final byte[] TRUE = value(0x01, new byte[] {(byte) 0xff});

    private static final int LONG = 0x80;
    private static final int CONSTRUCTED = 0xa0;
    private static final int OCTET = 0xff;

    private CertificateDer() {}

    /// Returns the value `true`.
    public static byte[] yes() {
        return TRUE.clone();
    }

    public static byte[] sequence(byte[]... parts) {
        return value(0x30, parts);
    }

    public static byte[] set(byte[]... parts) {
        return value(0x31, parts);
    }

    public static byte[] integer(int value) {
        return value(0x02, new byte[] {(byte) value});
    }

    /// Returns an object identifier.
    ///
    /// @param hex the encoded numbers, without tag and length
    public static byte[] oid(String hex) {
        return value(0x06, HexFormat.of().parseHex(hex));
    }

    public static byte[] text(String text) {
        return value(0x0c, text.getBytes(UTF_8));
    }

    /// Returns a time.
    ///
    /// @param text as `yyMMddHHmmssZ`
    public static byte[] time(String text) {
        return value(0x17, text.getBytes(UTF_8));
    }

    public static byte[] octets(byte[] octets) {
        return value(0x04, octets);
    }

    public static byte[] bits(int unused, byte[] octets) {
        return value(0x03, new byte[] {(byte) unused}, octets);
    }

    /// A value with a context-specific tag of this number.
    public static byte[] tagged(int number, byte[] inside) {
        return value(CONSTRUCTED | number, inside);
    }

    public static byte[] value(int tag, byte[]... parts) {
        var inside = new ByteArrayOutputStream();
        for (var part : parts) {
            inside.writeBytes(part);
        }
        var out = new ByteArrayOutputStream();
        out.write(tag);
        int length = inside.size();
        if (length > OCTET) {
            out.write(LONG | 2);
            out.write(length >> Byte.SIZE);
        } else if (length >= LONG) {
            out.write(LONG | 1);
        }
        out.write(length & OCTET);
        out.writeBytes(inside.toByteArray());
        return out.toByteArray();
    }
}
