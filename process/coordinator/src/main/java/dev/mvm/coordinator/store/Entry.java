package dev.mvm.coordinator.store;

import com.google.protobuf.ByteString;

/// A key with its value.
///
/// @param createRevision revision at which the key was created, after its last deletion
/// @param modRevision revision at which it got this value
/// @param version 1 at creation, one more with each change
/// @param lease the lease with whose end the entry is deleted, or [Store#NO_LEASE]
public record Entry(Key key, ByteString value, long createRevision, long modRevision, long version, long lease) {}
