package dev.mvm.protocol.guest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.model.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Reads a guest's messages from its bytes, and believes none of them. Not thread-safe.
final class GuestDecoder {
    static final int HELLO_ACK = 0x81;
    static final int PONG = 0x82;
    static final int STARTED = 0x83;
    static final int STDOUT = 0x84;
    static final int STDERR = 0x85;
    static final int WINDOW = 0x86;
    static final int EXIT = 0x87;
    static final int REFUSED = 0x88;
    static final int READY = 0x89;
    static final int HOOK = 0x8A;
    static final int SLEEP_READY = 0x8B;
    static final int SLEEP_REFUSED = 0x8C;
    static final int REKEYED = 0x8D;
    static final int REKEY_FAILED = 0x8E;

    /// Most bytes of an earlier session that may come before the answer to the hello.
    static final int MAX_GARBAGE = 1 << 20;

    private static final int NONCE_AT = GuestLimits.HEADER + 2 * Short.BYTES;
    private static final int ACK_SIZE = 2 * Short.BYTES + GuestLimits.NONCE + GuestLimits.BOOT_ID + 1;

    private final GuestFrames frames;

    GuestDecoder(GuestFrames.Source source) {
        frames = new GuestFrames(source);
    }

    /// Discards everything before the answer to the hello that had `nonce`.
    ///
    /// @return false if the guest hung up first
    /// @throws ProtocolViolationException if there is more than [#MAX_GARBAGE] before it
    boolean findAnswer(Bytes nonce) throws IOException {
        var wanted = ByteBuffer.wrap(nonce.array());
        return frames.seek((bytes, at) -> isAnswer(bytes, at, wanted), NONCE_AT + GuestLimits.NONCE, MAX_GARBAGE);
    }

    private static boolean isAnswer(ByteBuffer bytes, int at, ByteBuffer nonce) {
        int length = bytes.getInt(at + 8);
        return bytes.get(at) == GuestFrames.MAGIC
                && Byte.toUnsignedInt(bytes.get(at + 1)) == HELLO_ACK
                && bytes.getShort(at + 2) == 0
                && bytes.getInt(at + 4) == 0
                && length > ACK_SIZE
                && length <= ACK_SIZE + GuestLimits.MAX_AGENT_VERSION
                && bytes.slice(at + NONCE_AT, GuestLimits.NONCE).equals(nonce);
    }

    /// Returns the next message; empty when the guest has hung up.
    ///
    /// @throws ProtocolViolationException if the guest sent something else
    Optional<GuestMessage> next() throws IOException {
        var frame = frames.next();
        return frame.isPresent() ? Optional.of(message(frame.get())) : Optional.empty();
    }

    private static GuestMessage message(GuestFrames.Frame frame) throws ProtocolViolationException {
        boolean ofTheChannel = switch (frame.type()) {
            case HELLO_ACK, PONG, READY, HOOK, SLEEP_READY, SLEEP_REFUSED, REKEYED, REKEY_FAILED -> true;
            case STARTED, STDOUT, STDERR, WINDOW, EXIT, REFUSED -> false;
            default -> throw new ProtocolViolationException(EndReason.FRAME_TYPE);
        };
        if (ofTheChannel ? frame.stream() != 0 : frame.stream() < 1) {
            throw new ProtocolViolationException(EndReason.FRAME_STREAM);
        }
        return ofTheChannel
                ? PayloadReader.whole(frame.payload(), in -> message(frame.type(), in))
                : new GuestMessage.OnStream(frame.stream(), frame.type(), frame.payload());
    }

    private static GuestMessage message(int type, PayloadReader in) throws ProtocolViolationException {
        return switch (type) {
            case HELLO_ACK -> helloAck(in);
            case PONG -> new GuestMessage.Pong(in.u64());
            case READY -> new GuestMessage.Ready();
            case SLEEP_READY -> new GuestMessage.SleepReady(in.u64());
            case SLEEP_REFUSED -> new GuestMessage.SleepRefused(in.u64());
            case REKEYED -> new GuestMessage.Rekeyed(in.u64());
            case REKEY_FAILED -> new GuestMessage.RekeyFailed(in.u64());
            default -> hook(in.u8());
        };
    }

    private static GuestMessage hook(int number) throws ProtocolViolationException {
        var words = HookWord.values();
        PayloadReader.check(number >= 1 && number <= words.length);
        return new GuestMessage.Hook(words[number - 1]);
    }

    private static GuestMessage helloAck(PayloadReader in) throws ProtocolViolationException {
        int version = in.u16();
        int flags = in.u16();
        PayloadReader.check((flags & ~1) == 0);
        var nonce = in.bytes(GuestLimits.NONCE);
        var boot = in.bytes(GuestLimits.BOOT_ID);
        var agent = new String(in.bytes(in.u8()).array(), ISO_8859_1);
        return new GuestMessage.HelloAck(version, flags == 1, nonce, boot, agent);
    }
}
