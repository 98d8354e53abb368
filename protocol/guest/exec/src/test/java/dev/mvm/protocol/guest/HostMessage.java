package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.exec.ToGuest;

/// What the host says to a guest. A closed set: each record is one type of frame, or those of a stream.
sealed interface HostMessage {
    /// Begins a session and ends the one before.
    record Hello(int version, Bytes nonce) implements HostMessage {
        public Hello {
            Limits.size(nonce, Limits.NONCE);
        }
    }

    record Ping(long token) implements HostMessage {}

    record PowerOff() implements HostMessage {}

    record PrepareSleep(long token, int seconds) implements HostMessage {
        public PrepareSleep {
            checkSeconds(seconds);
        }
    }

    /// What a guest that has woken needs to be another than before.
    ///
    /// @param time nanoseconds since 1970
    record Rekey(long token, long time, Bytes entropy, int seconds) implements HostMessage {
        public Rekey {
            Limits.size(entropy, Limits.ENTROPY);
            checkSeconds(seconds);
        }
    }

    private static void checkSeconds(int seconds) {
        if (seconds < 1 || seconds > Limits.MAX_WORKER_SECONDS) {
            throw new IllegalArgumentException("no time for a worker");
        }
    }

    record OnStream(int stream, ToGuest message) implements HostMessage {}
}
