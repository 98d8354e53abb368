package dev.mvm.protocol.firecracker;

/// One request to a Firecracker process. What guestd asks is a [Command] or a [Query] and nothing else; further
/// requests are made by tests alone.
///
/// @param <T> what the answer carries
public interface Operation<T> {
    /// What goes over the wire.
    ApiRequest request();

    /// How a good answer to this request looks.
    ApiReply<T> reply();
}
