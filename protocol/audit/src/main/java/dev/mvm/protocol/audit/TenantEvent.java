package dev.mvm.protocol.audit;

import java.util.Arrays;
import java.util.Locale;

/// What can happen to a tenant on a node. The words are stable: programs look for them.
public enum TenantEvent {
    /// A state names the tenant for the first time.
    TENANT_CREATED,
    /// A state does not name the tenant any more.
    TENANT_DESTROYED,
    POOL_CREATED,
    /// A state has a pool boot a revision that it did not boot before.
    POOL_BUILT,
    POOL_DESTROYED,
    INSTANCE_CREATED,
    /// Kernel and disks were compared with what was signed, and are held for a boot.
    INSTANCE_ATTACHED,
    INSTANCE_STARTED,
    INSTANCE_STOPPED,
    INSTANCE_WARMED,
    INSTANCE_RESUMED,
    INSTANCE_SLEPT,
    INSTANCE_WOKEN,
    INSTANCE_DESTROYED,
    /// A program in an instance.
    INSTANCE_EXEC,
    SNAPSHOT_CREATED,
    /// A snapshot was run from, and used up by it.
    SNAPSHOT_RESTORED,
    /// A snapshot was removed without having been run from.
    SNAPSHOT_DELETED,
    QUOTA_EXCEEDED,
    /// A state has a newer version of a key of purpose `secrets`.
    SECRETS_ROTATED,
    /// A state has a newer version of another key.
    KEY_ROTATED,
    NETWORK_SET_UP,
    /// The last line of the audit was torn, as by a crash, and cut off.
    AUDIT_MENDED,
    /// The oldest records were removed because they were too old or too many.
    AUDIT_RETIRED;

    /// As it stands in a record.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The event of this word.
    ///
    /// @throws IllegalArgumentException if there is none
    static TenantEvent of(String word) {
        return Arrays.stream(values())
                .filter(event -> event.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such event"));
    }
}
