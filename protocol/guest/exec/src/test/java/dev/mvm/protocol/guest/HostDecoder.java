package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.exec.ExecFrame;
import dev.mvm.protocol.guest.exec.GuestSide;
import dev.mvm.protocol.guest.exec.ToGuest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Reads the host's messages as an agent does. Not thread-safe.
final class HostDecoder {
    private static final int HELLO_SIZE = 2 * Short.BYTES + GuestLimits.NONCE;

    private final GuestFrames frames;

    HostDecoder(GuestFrames.Source source) {
        frames = new GuestFrames(source);
    }

    /// Ignores everything up to the next hello.
    ///
    /// @return false if the host hung up first
    boolean findHello() throws IOException {
        return frames.seek(HostDecoder::isHello, GuestLimits.HEADER, Long.MAX_VALUE);
    }

    private static boolean isHello(ByteBuffer bytes, int at) {
        return bytes.get(at) == GuestFrames.MAGIC
                && bytes.get(at + 1) == HostFrames.HELLO
                && bytes.getShort(at + 2) == 0
                && bytes.getInt(at + 4) == 0
                && bytes.getInt(at + 8) == HELLO_SIZE;
    }

    /// Returns the next message; empty when the host has hung up.
    ///
    /// @throws ProtocolViolationException if the host sent something else
    Optional<HostMessage> next() throws IOException {
        var frame = frames.next();
        return frame.isPresent() ? Optional.of(message(frame.get())) : Optional.empty();
    }

    private static HostMessage message(GuestFrames.Frame frame) throws ProtocolViolationException {
        boolean ofTheChannel = switch (frame.type()) {
            case HostFrames.HELLO, HostFrames.PING, HostFrames.POWEROFF, HostFrames.PREPARE_SLEEP, HostFrames.REKEY ->
                true;
            case ToGuest.EXEC, ToGuest.STDIN, ToGuest.STDIN_EOF, ToGuest.WINDOW, ToGuest.RESIZE, ToGuest.SIGNAL ->
                false;
            default -> throw new ProtocolViolationException(EndReason.FRAME_TYPE);
        };
        if (ofTheChannel ? frame.stream() != 0 : frame.stream() < 1) {
            throw new ProtocolViolationException(EndReason.FRAME_STREAM);
        }
        return ofTheChannel
                ? PayloadReader.whole(frame.payload(), in -> message(frame.type(), in))
                : new HostMessage.OnStream(frame.stream(), message(frame.type(), frame.payload()));
    }

    private static HostMessage message(int type, PayloadReader in) throws ProtocolViolationException {
        return switch (type) {
            case HostFrames.HELLO -> {
                int version = in.u16();
                PayloadReader.check(in.u16() == 0);
                yield new HostMessage.Hello(version, in.bytes(GuestLimits.NONCE));
            }
            case HostFrames.PING -> new HostMessage.Ping(in.u64());
            case HostFrames.PREPARE_SLEEP -> new HostMessage.PrepareSleep(in.u64(), in.u16());
            case HostFrames.REKEY -> new HostMessage.Rekey(in.u64(), in.u64(), in.bytes(GuestLimits.ENTROPY), in.u16());
            default -> new HostMessage.PowerOff();
        };
    }

    private static ToGuest message(int type, ByteBuffer payload) throws ProtocolViolationException {
        var bytes = new byte[payload.remaining()];
        payload.get(bytes);
        try {
            return GuestSide.read(new ExecFrame(type, Bytes.of(bytes)));
        } catch (IOException e) {
            throw new ProtocolViolationException(EndReason.FRAME_PAYLOAD);
        }
    }
}
