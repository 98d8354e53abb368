package dev.mvm.keyd.store;

import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.TenantId;

/// A key that a node says to have.
///
/// @param version 1 or more
/// @param check its check value, docs/protocol/keys.md
public record TenantKeyVersion(TenantId tenant, KeyName id, int version, Bytes check) {}
