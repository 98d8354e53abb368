package dev.mvm.protocol.guest;

/// What a worker says about itself through its guest's hook socket, in the order in which the protocol numbers the
/// words from 1.
public enum HookWord {
    /// It has started and takes work.
    READY,
    IDLE,
    BUSY
}
