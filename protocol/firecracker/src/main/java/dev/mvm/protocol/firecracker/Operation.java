package dev.mvm.protocol.firecracker;

/// One request to a Firecracker process. What guestd asks is a [Command] or a [Query] and nothing else; further
/// requests are made by tests alone.
///
/// @param <T> what the answer carries
public interface Operation<T> {
    /// Returns the request that goes over the wire.
    ApiRequest request();

    /// Returns the expected form of a good response.
    ApiReply<T> reply();
}
