package dev.mvm.crypto.verify;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/// Pre-authentication encoding of DSSE 1.0 (secure-systems-lab/dsse, protocol.md): what is signed is the type and
/// the payload together, each with its length, so that a signature made for one type of document fits no other.
public final class Pae {
    private Pae() {}

    /// `"DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload`, lengths in decimal.
    public static byte[] encode(String type, byte[] payload) {
        var typeBytes = type.getBytes(UTF_8);
        var out = new ByteArrayOutputStream(payload.length + typeBytes.length + 32);
        out.writeBytes(("DSSEv1 " + typeBytes.length + " ").getBytes(UTF_8));
        out.writeBytes(typeBytes);
        out.writeBytes((" " + payload.length + " ").getBytes(UTF_8));
        out.writeBytes(payload);
        return out.toByteArray();
    }
}
