package dev.mvm.protocol.guest;

/// The reason for a channel's end. The codes are stable: metric labels, audit entries, search terms of operators.
public enum EndReason {
    /// The host closed it.
    CLOSED("closed"),
    /// The guest closed it, or its VM has ended.
    GUEST_HUNG_UP("guest_hung_up"),
    /// Reading or writing failed.
    TRANSPORT_FAILED("transport_failed"),
    /// The host's own code failed on the channel's thread; that thread's exception says how.
    INTERNAL_ERROR("internal_error"),
    /// The guest did not answer the handshake in time.
    HANDSHAKE_TIMEOUT("handshake_timeout"),
    /// More bytes came before the handshake's answer than an old session can have left behind.
    HANDSHAKE_GARBAGE("handshake_garbage"),
    /// The guest speaks another version.
    GUEST_VERSION("guest_version"),
    /// A frame does not begin with the byte that begins frames.
    FRAME_MAGIC("frame_magic"),
    /// A frame's reserved bytes are not zero.
    FRAME_RESERVED("frame_reserved"),
    /// A frame is longer than any may be.
    FRAME_LENGTH("frame_length"),
    /// The type of a frame is unknown, or only the other side sends it.
    FRAME_TYPE("frame_type"),
    /// A frame names a stream where it must not, or none where it must.
    FRAME_STREAM("frame_stream"),
    /// A frame's payload is not of its type's form.
    FRAME_PAYLOAD("frame_payload"),
    /// A frame for a stream that is not in use.
    UNKNOWN_STREAM("unknown_stream"),
    /// A frame that its stream, or the channel, does not allow at that point.
    OUT_OF_ORDER("out_of_order");

    private final String code;

    EndReason(String code) {
        this.code = code;
    }

    public String code() {
        return code;
    }
}
