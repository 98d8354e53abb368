package dev.mvm.keyd.store;

import java.io.Serial;

/// The store refuses, or cannot do, what it was asked. The message is one line, and holds nothing secret.
public final class StoreException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /// Stable codes.
    public enum Reason {
        /// Restored, and not resumed yet.
        HELD("held"),
        /// A node has a key that this store does not know: it is an old copy.
        STORE_BEHIND("store_behind"),
        /// No such key, or no such version of it, or one that operators ended.
        KEY_UNKNOWN("key_unknown"),
        /// A key is rotated once an hour.
        TOO_SOON("too_soon"),
        /// A key has 64 versions: operators end old ones by a grant's `min_version`.
        TOO_MANY_VERSIONS("too_many_versions"),
        /// A newer grant of the tenant was applied.
        GRANT_SUPERSEDED("grant_superseded"),
        /// The grant gives a key another purpose than it was made for.
        PURPOSE_DIFFERS("purpose_differs"),
        /// The tenant was destroyed, and its name is never used again.
        TENANT_DESTROYED("tenant_destroyed"),
        /// A standby only lends.
        STANDBY("standby"),
        /// The newest grant of a tenant has not come since the store was restored.
        GRANT_AWAITED("grant_awaited"),
        /// The master key is missing, or is not the one that keys are wrapped under.
        NO_MASTER_KEY("no_master_key"),
        /// The master key lies beside what it protects, or others may read it.
        MASTER_EXPOSED("master_exposed"),
        /// The token or service that has the master key does not answer.
        MASTER_UNREACHABLE("master_unreachable"),
        /// Files of the store, or a copy of it, are not what it writes.
        STORE_DAMAGED("store_damaged"),
        /// The store is there already, or is not there.
        STORE_PLACE("store_place"),
        /// Another process has it open.
        STORE_IN_USE("store_in_use"),
        /// The disk, libcrypto or locked memory fails.
        FAILED("failed");

        private final String code;

        Reason(String code) {
            this.code = code;
        }

        /// The stable code, such as `key_unknown`.
        public String code() {
            return code;
        }
    }

    public StoreException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public StoreException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
