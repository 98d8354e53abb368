package dev.mvm.protocol.guest;

/// Kind of a transport to a guest.
public enum TransportKind {
    /// A connection of its own for every session, as with vsock.
    CONNECTION,
    /// A pipe that outlives sessions, so that a session must skip the remains of the one before.
    SERIAL_PORT
}
