package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.exec.ToGuest;

/// A message of the host to a guest. A closed set: each record is one type of frame, or those of a stream.
sealed interface HostMessage {
    /// Begins a session and ends the one before.
    record Hello(int version, Bytes nonce) implements HostMessage {
        public Hello {
            GuestLimits.size(nonce, GuestLimits.NONCE);
        }
    }

    record Ping(long token) implements HostMessage {}

    record PowerOff() implements HostMessage {}

    record PrepareSleep(long token, int seconds) implements HostMessage {
        public PrepareSleep {
            checkSeconds(seconds);
        }
    }

    /// Fresh entropy and the time for a guest that has woken.
    ///
    /// @param time nanoseconds since 1970
    record Rekey(long token, long time, Bytes entropy, int seconds) implements HostMessage {
        public Rekey {
            GuestLimits.size(entropy, GuestLimits.ENTROPY);
            checkSeconds(seconds);
        }
    }

    private static void checkSeconds(int seconds) {
        if (seconds < 1 || seconds > GuestLimits.MAX_WORKER_SECONDS) {
            throw new IllegalArgumentException("no time for a worker");
        }
    }

    record OnStream(int stream, ToGuest message) implements HostMessage {}
}
