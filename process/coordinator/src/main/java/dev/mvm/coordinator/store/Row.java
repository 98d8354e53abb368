package dev.mvm.coordinator.store;

import com.google.protobuf.ByteString;

/// One line of the log that a store is: a key got a value or was deleted.
///
/// @param sub place within its revision, from 0
/// @param deleted whether this is the end of the key; then there is no value, and version and lease are 0
/// @param prevRevision of the row before it of the same key, deletions included; 0 if there is none
record Row(
        long revision,
        int sub,
        Key key,
        boolean deleted,
        long createRevision,
        long prevRevision,
        long version,
        long lease,
        ByteString value) {
    Entry entry() {
        return new Entry(key, value, createRevision, revision, version, lease);
    }

    Event event() {
        return deleted ? new Event.Deleted(key, revision) : new Event.Put(entry());
    }
}
