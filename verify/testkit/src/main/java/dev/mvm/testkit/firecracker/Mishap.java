package dev.mvm.testkit.firecracker;

/// What goes wrong sometimes with the real one, and always with a stand-in that is told so.
public enum Mishap {
    /// The first CONNECT after a restore is closed at once.
    FIRST_CONNECT_AFTER_RESTORE_CLOSED,
    /// The first CONNECT after a restore is never answered.
    FIRST_CONNECT_AFTER_RESTORE_HANGS
}
