package dev.mvm.testkit.firecracker;

/// Faults that the real Firecracker has sometimes, and a stand-in always when told so.
public enum Mishap {
    /// The first CONNECT after a restore is closed at once.
    FIRST_CONNECT_AFTER_RESTORE_CLOSED,
    /// The first CONNECT after a restore is never answered.
    FIRST_CONNECT_AFTER_RESTORE_HANGS
}
