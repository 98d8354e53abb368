package dev.mvm.protocol.guest;

import java.nio.ByteBuffer;

/// Receives the frames of one program, unread. Called while the channel's lock is held, so that a call must neither
/// wait nor call the channel.
public interface StreamListener {
    /// The guest has sent a frame.
    ///
    /// @param type one of the guest's types of streams
    /// @param payload valid during the call
    /// @return false if there is no room for it: the program is killed then
    boolean frame(int type, ByteBuffer payload);

    /// The stream has ended. This is the last call.
    ///
    /// @param lost whether the guest was lost before it reported the program's end
    void over(boolean lost);
}
