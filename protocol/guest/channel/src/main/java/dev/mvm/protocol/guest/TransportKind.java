package dev.mvm.protocol.guest;

/// What kind of line a transport is.
public enum TransportKind {
    /// A connection of its own for every session, as with vsock.
    CONNECTION,
    /// A pipe that outlives sessions, so that what one has left behind must be got over.
    SERIAL_PORT
}
