package dev.mvm.coordinator.store;

import com.google.protobuf.ByteString;

/// A key with its value.
///
/// @param createRevision when the key came into being, after its last deletion
/// @param modRevision when it got this value
/// @param version 1 at creation, one more with each change
/// @param lease what it dies with, [Store#NO_LEASE] for nothing
public record Entry(Key key, ByteString value, long createRevision, long modRevision, long version, long lease) {}
