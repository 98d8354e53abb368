package dev.mvm.coordinator.store;

import com.google.protobuf.ByteString;

/// One step of a transaction.
public sealed interface Op {
    /// Writes an entry.
    ///
    /// @param lease what the entry dies with, [Store#NO_LEASE] for nothing
    record Put(Key key, ByteString value, long lease) implements Op {}

    record Delete(KeyRange range) implements Op {}

    /// Reads what the steps before it have made.
    record Get(KeyRange range) implements Op {}

    static Op put(Key key, ByteString value) {
        return new Put(key, value, Store.NO_LEASE);
    }

    static Op delete(Key key) {
        return new Delete(KeyRange.of(key));
    }
}
