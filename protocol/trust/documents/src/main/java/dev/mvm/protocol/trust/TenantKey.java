package dev.mvm.protocol.trust;

import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;

/// A tenant's key as a state names it: which one is in force. The key itself comes from the key service in a blob,
/// docs/protocol/keyd.md.
///
/// @param version 1 or more; a node never goes back
/// @param check the key's check value, 16 bytes and no secret: two keys under one version have two
public record TenantKey(KeyName id, KeyPurpose purpose, int version, Bytes check) {
    /// Bytes of a tenant's key.
    public static final int KEY_SIZE = 32;

    /// Bytes of a check value.
    public static final int CHECK_SIZE = 16;

    public TenantKey {
        if (version < 1 || check.length() != CHECK_SIZE) {
            throw new IllegalArgumentException("a key has a version, and a check value of " + CHECK_SIZE + " bytes");
        }
    }

    /// Reads a key from the members `id`, `purpose`, `version` and `check` of an object.
    public static TenantKey read(JsonFields fields) throws JsonException {
        return new TenantKey(
                fields.parsed("id", KeyName::new),
                fields.parsed("purpose", KeyPurpose::of),
                fields.intBetween("version", 1, Integer.MAX_VALUE),
                fields.parsed("check", Bytes::ofBase64));
    }
}
