package dev.mvm.protocol.guest.exec;

import java.io.IOException;
import java.io.Serial;

/// A guest broke the protocol on a stream. The message is a stable code.
final class ViolationException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    static final String TYPE = "frame_type";
    static final String PAYLOAD = "frame_payload";
    static final String ORDER = "out_of_order";
    static final String CREDIT_EXCEEDED = "credit_exceeded";
    static final String CREDIT_OVERFLOW = "credit_overflow";

    private final String code;

    ViolationException(String code) {
        super(code);
        this.code = code;
    }

    String code() {
        return code;
    }

    static void check(boolean rule, String otherwise) throws ViolationException {
        if (!rule) {
            throw new ViolationException(otherwise);
        }
    }
}
