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

    record OnStream(int stream, ToGuest message) implements HostMessage {}
}
