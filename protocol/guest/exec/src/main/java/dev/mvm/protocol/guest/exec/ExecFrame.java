package dev.mvm.protocol.guest.exec;

import dev.mvm.model.Bytes;

/// A frame of a program's stream, without the number of the stream.
///
/// @param type 1 to 255
/// @param payload at most [#MAX_PAYLOAD] bytes
public record ExecFrame(int type, Bytes payload) {
    public static final int MAX_PAYLOAD = 32_768;

    public ExecFrame {
        if (type < 1 || type > 255 || payload.length() > MAX_PAYLOAD) {
            throw new IllegalArgumentException("type " + type + " with " + payload.length() + " bytes");
        }
    }
}
