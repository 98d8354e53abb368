package dev.mvm.coordinator.store;

import com.google.protobuf.ByteString;

/// One step of a transaction.
public sealed interface Op {
    /// Writes an entry.
    ///
    /// @param lease the lease with whose end the entry is deleted, or [Store#NO_LEASE]
    record Put(Key key, ByteString value, long lease) implements Op {}

    record Delete(KeyRange range) implements Op {}

    /// Reads entries, with the changes of the steps before it.
    record Get(KeyRange range) implements Op {}

    static Op put(Key key, ByteString value) {
        return new Put(key, value, Store.NO_LEASE);
    }

    static Op delete(Key key) {
        return new Delete(KeyRange.of(key));
    }
}
