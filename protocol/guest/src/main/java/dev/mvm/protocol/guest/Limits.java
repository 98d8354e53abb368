package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;

/// The protocol's numbers, and the checks that both directions share.
final class Limits {
    static final int VERSION = 1;

    /// Magic, type, reserved, stream, length.
    static final int HEADER = 12;

    static final int MAX_PAYLOAD = 32_768;
    static final int MAX_DATA = 16_384;
    static final int MAX_CREDIT = 1 << 20;
    static final int MAX_STREAMS = 16;
    static final int NONCE = 16;
    static final int BOOT_ID = 16;
    static final int MAX_AGENT_VERSION = 32;

    private Limits() {}

    static void stream(int stream) {
        if (stream < 1) {
            throw new IllegalArgumentException("not a stream: " + stream);
        }
    }

    static void credit(int credit) {
        if (credit < 0 || credit > MAX_CREDIT) {
            throw new IllegalArgumentException("credit " + credit + ": want 0 to " + MAX_CREDIT);
        }
    }

    static void data(Bytes data) {
        if (data.length() < 1 || data.length() > MAX_DATA) {
            throw new IllegalArgumentException(data.length() + " bytes of data: want 1 to " + MAX_DATA);
        }
    }

    static void size(Bytes value, int size) {
        if (value.length() != size) {
            throw new IllegalArgumentException(value.length() + " bytes: want " + size);
        }
    }
}
