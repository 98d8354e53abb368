package dev.mvm.protocol.hostd.client;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.MalformedFrameException;
import java.nio.ByteBuffer;

/// A frame of a program's stream on its way between agent and guest. hostd does not read the payload.
///
/// @param type as in the guest protocol, 1 to 255
/// @param payload at most [#MAX] bytes
public record StreamFrame(int type, Bytes payload) {
    public static final int MAX = HostOperation.MAX_EXEC;

    /// Added to the types of the guest protocol, to tell them from operations and answers.
    public static final int BASE = 256;

    public StreamFrame {
        if (type < 1 || type >= BASE || payload.length() > MAX) {
            throw new IllegalArgumentException("not a frame of a stream");
        }
    }

    /// Reads a frame that must be one of a stream.
    ///
    /// @throws MalformedFrameException if it is not
    public static StreamFrame read(ByteBuffer frame) throws MalformedFrameException {
        int type = Short.toUnsignedInt(frame.getShort()) - BASE;
        var payload = new byte[frame.remaining()];
        frame.get(payload);
        try {
            return new StreamFrame(type, Bytes.of(payload));
        } catch (IllegalArgumentException e) {
            throw new MalformedFrameException("a value is out of range");
        }
    }
}
