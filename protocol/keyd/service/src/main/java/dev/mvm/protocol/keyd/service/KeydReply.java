package dev.mvm.protocol.keyd.service;

import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import java.util.List;

/// Answers of the key service. What was refused or has failed has changed nothing.
public sealed interface KeydReply {
    /// Done, or already so.
    record Done() implements KeydReply {}

    /// Not done, and asking again changes nothing.
    ///
    /// @param reason stable code, 1 to 40 of `a-z`, `0-9` and `_`
    /// @param text for people, one line
    record Refused(String reason, String text) implements KeydReply {
        public Refused {
            label(reason);
        }
    }

    /// Not done, for a reason of the service's own.
    ///
    /// @param reason stable code, 1 to 40 of `a-z`, `0-9` and `_`
    /// @param text for people, one line
    record Failed(String reason, String text) implements KeydReply {
        public Failed {
            label(reason);
        }
    }

    /// A challenge.
    ///
    /// @param envelope of a key-challenge
    record Challenged(Bytes envelope) implements KeydReply {}

    /// A blob.
    ///
    /// @param envelope of a key-blob
    /// @param refused tenants of the state whose keys are not in the blob
    record Sealed(Bytes envelope, List<RefusedTenant> refused) implements KeydReply {
        public Sealed {
            refused = List.copyOf(refused);
        }
    }

    /// A tenant without keys in a blob.
    ///
    /// @param reason stable code, 1 to 40 of `a-z`, `0-9` and `_`
    record RefusedTenant(TenantId tenant, String reason) {
        public RefusedTenant {
            label(reason);
        }
    }

    /// There is a next version.
    ///
    /// @param version of the key that is primary now, 1 or more
    record Rotated(int version) implements KeydReply {
        public Rotated {
            if (version < 1) {
                throw new IllegalArgumentException("versions begin with 1");
            }
        }
    }

    /// The keys of the store.
    record Keys(List<StoredKey> keys) implements KeydReply {
        public Keys {
            keys = List.copyOf(keys);
        }
    }

    /// A tenant's key.
    ///
    /// @param primary the version under which new things are sealed
    /// @param versions all that are not destroyed, at most [#MAX_VERSIONS]
    record StoredKey(TenantId tenant, KeyName id, KeyPurpose purpose, int primary, List<StoredVersion> versions) {
        public static final int MAX_VERSIONS = 65_535;

        public StoredKey {
            versions = List.copyOf(versions);
        }
    }

    /// One version of a key.
    ///
    /// @param check its check value, 16 bytes
    /// @param made seconds since 1970
    record StoredVersion(int version, Bytes check, long made) {
        public static final int CHECK_SIZE = 16;

        public StoredVersion {
            if (version < 1 || check.length() != CHECK_SIZE || made < 0) {
                throw new IllegalArgumentException("a version has a number, a check value and a moment");
            }
        }
    }

    /// Records of the audit.
    ///
    /// @param records of the audit, one JSON text each
    record Releases(List<String> records) implements KeydReply {
        public Releases {
            records = List.copyOf(records);
        }
    }

    /// State of the service.
    ///
    /// @param json an object; docs/protocol/keyd.md
    record Status(String json) implements KeydReply {}

    private static void label(String reason) {
        if (!reason.matches("[a-z0-9_]{1,40}")) {
            throw new IllegalArgumentException("a reason is 1 to 40 of a-z, 0-9 and _");
        }
    }
}
