package dev.mvm.protocol.guest;

import java.util.Locale;

/// Why a channel is over. The codes are stable: metric labels, audit entries, what operators look for.
public enum EndReason {
    /// The host closed it.
    CLOSED,
    /// The guest closed it, or its VM has ended.
    GUEST_HUNG_UP,
    /// Reading or writing failed.
    TRANSPORT_FAILED,
    /// The host's own code failed on the channel's thread; that thread's exception says how.
    INTERNAL_ERROR,
    /// The guest did not answer the handshake in time.
    HANDSHAKE_TIMEOUT,
    /// More bytes came before the handshake's answer than an old session can have left behind.
    HANDSHAKE_GARBAGE,
    /// The guest speaks another version.
    GUEST_VERSION,
    /// A frame does not begin with the byte that begins frames.
    FRAME_MAGIC,
    /// A frame's reserved bytes are not zero.
    FRAME_RESERVED,
    /// A frame is longer than any may be.
    FRAME_LENGTH,
    /// There is no such type of frame, or only the other side has it.
    FRAME_TYPE,
    /// A frame names a stream where it must not, or none where it must.
    FRAME_STREAM,
    /// A frame's payload is not of its type's form.
    FRAME_PAYLOAD,
    /// A frame for a stream that is not in use.
    UNKNOWN_STREAM,
    /// A frame that its stream, or the channel, does not allow at that point.
    OUT_OF_ORDER;

    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
