package dev.mvm.protocol.guest;

/// Reports of a worker about itself through its guest's hook socket, in the order in which the protocol numbers them
/// from 1.
public enum HookWord {
    /// The worker has started and takes work.
    READY,
    IDLE,
    BUSY
}
