package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;

/// Numbers of the protocol that the host needs.
final class GuestLimits {
    static final int VERSION = 2;

    /// Magic, type, reserved, stream, length.
    static final int HEADER = 12;

    static final int MAX_PAYLOAD = 32_768;
    static final int MAX_STREAMS = 16;
    static final int NONCE = 16;
    static final int BOOT_ID = 16;
    static final int MAX_AGENT_VERSION = 32;

    /// Bytes from which a guest that has woken seeds its random numbers.
    static final int ENTROPY = 64;

    static final int MAX_WORKER_SECONDS = 3600;

    private GuestLimits() {}

    static void size(Bytes value, int size) {
        if (value.length() != size) {
            throw new IllegalArgumentException(value.length() + " bytes: want " + size);
        }
    }
}
