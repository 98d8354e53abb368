package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import java.nio.ByteBuffer;

/// A message of a guest to its host. A closed set: each record is one type of frame, except for the frames of
/// streams, which the host does not read.
sealed interface GuestMessage {
    /// The answer to the host's hello.
    ///
    /// @param boot the same for all sessions of one boot
    /// @param agent the agent's version, 1 to 32 printable ASCII characters
    record HelloAck(int version, boolean ready, Bytes nonce, Bytes boot, String agent) implements GuestMessage {
        public HelloAck {
            GuestLimits.size(nonce, GuestLimits.NONCE);
            GuestLimits.size(boot, GuestLimits.BOOT_ID);
            boolean printable = agent.chars().allMatch(c -> c >= ' ' && c <= '~');
            if (agent.isEmpty() || agent.length() > GuestLimits.MAX_AGENT_VERSION || !printable) {
                throw new IllegalArgumentException("not an agent's version");
            }
        }
    }

    record Pong(long token) implements GuestMessage {}

    record Ready() implements GuestMessage {}

    record Hook(HookWord word) implements GuestMessage {}

    /// The guest may be put to sleep.
    record SleepReady(long token) implements GuestMessage {}

    record SleepRefused(long token) implements GuestMessage {}

    /// The guest has reseeded its random numbers, and has the time.
    record Rekeyed(long token) implements GuestMessage {}

    record RekeyFailed(long token) implements GuestMessage {}

    /// A frame about one stream.
    ///
    /// @param payload valid until the next message is read
    record OnStream(int stream, int type, ByteBuffer payload) implements GuestMessage {}
}
