package dev.mvm.protocol.qmp;

/// Ways of migration that can be switched on (`MigrationCapability` of `qapi/migration.json`).
public enum MigrationCapability {
    /// Report each stage as an event.
    EVENTS("events"),
    /// Put each page at a place of its own in the file, so that the file is as large as memory and sparse.
    MAPPED_RAM("mapped-ram"),
    /// Leave out memory that is a shared file already. An experiment of QEMU's.
    IGNORE_SHARED("x-ignore-shared");

    final String word;

    MigrationCapability(String word) {
        this.word = word;
    }
}
