package dev.mvm.protocol.hostd.client;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.hostd.MalformedFrameException;
import java.nio.ByteBuffer;

/// Frames of a console that a guestd sends an agent: frames of a stream, of types that the guest protocol does not
/// have.
public sealed interface LogFrame {
    int OUTPUT = 0xC0;
    int LOST = 0xC1;
    int END = 0xC2;
    int BEGIN = 0xC3;

    /// The first frame, sent whether or not anything has been printed.
    record Begin() implements LogFrame {}

    /// Bytes that the VM has printed, unread.
    ///
    /// @param bytes 1 to [StreamFrame#MAX]
    record Output(Bytes bytes) implements LogFrame {
        public Output {
            check(bytes.length() >= 1 && bytes.length() <= StreamFrame.MAX);
        }
    }

    /// Bytes that the VM has printed between those before and those that follow, and that are no longer kept.
    ///
    /// @param bytes how many, from 1 on
    record Lost(long bytes) implements LogFrame {
        public Lost {
            check(bytes >= 1);
        }
    }

    /// The last frame: no more was asked for, or the VM has ended.
    record End() implements LogFrame {}

    /// Returns the frame as it goes over the connection.
    default StreamFrame frame() {
        return switch (this) {
            case Begin() -> new StreamFrame(BEGIN, Bytes.EMPTY);
            case Output(var bytes) -> new StreamFrame(OUTPUT, bytes);
            case Lost(var bytes) ->
                new StreamFrame(
                        LOST,
                        Bytes.of(ByteBuffer.allocate(Long.BYTES).putLong(bytes).array()));
            case End() -> new StreamFrame(END, Bytes.EMPTY);
        };
    }

    /// Reads a frame that must be one of a console.
    ///
    /// @throws MalformedFrameException if it is not
    static LogFrame read(StreamFrame frame) throws MalformedFrameException {
        var payload = frame.payload();
        try {
            return switch (frame.type()) {
                case OUTPUT -> new Output(payload);
                case LOST -> new Lost(number(payload));
                case END -> empty(payload, new End());
                case BEGIN -> empty(payload, new Begin());
                default -> throw new MalformedFrameException("not a frame of a console");
            };
        } catch (IllegalArgumentException e) {
            throw new MalformedFrameException("a value is out of range");
        }
    }

    private static long number(Bytes payload) {
        check(payload.length() == Long.BYTES);
        return ByteBuffer.wrap(payload.array()).getLong();
    }

    private static LogFrame empty(Bytes payload, LogFrame frame) {
        check(payload.length() == 0);
        return frame;
    }

    private static void check(boolean form) {
        if (!form) {
            throw new IllegalArgumentException("not a frame of a console");
        }
    }
}
