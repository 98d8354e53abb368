package dev.mvm.protocol.guest.exec;

import dev.mvm.model.Bytes;

/// The numbers of streams, and the checks that both directions share.
final class ExecLimits {
    static final int MAX_DATA = 16_384;
    static final int MAX_CREDIT = 1 << 20;

    private ExecLimits() {}

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
}
