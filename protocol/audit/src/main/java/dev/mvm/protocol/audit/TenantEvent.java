package dev.mvm.protocol.audit;

import java.util.Arrays;

/// Events of a tenant on a node. The words are stable: programs look for them.
public enum TenantEvent {
    /// A state names the tenant for the first time.
    TENANT_CREATED("tenant_created"),
    /// A state no longer names the tenant.
    TENANT_DESTROYED("tenant_destroyed"),
    POOL_CREATED("pool_created"),
    /// A state has a pool boot a revision that it did not boot before.
    POOL_BUILT("pool_built"),
    POOL_DESTROYED("pool_destroyed"),
    INSTANCE_CREATED("instance_created"),
    /// Kernel and disks were compared with what was signed, and are held for a boot.
    INSTANCE_ATTACHED("instance_attached"),
    INSTANCE_STARTED("instance_started"),
    INSTANCE_STOPPED("instance_stopped"),
    INSTANCE_WARMED("instance_warmed"),
    INSTANCE_RESUMED("instance_resumed"),
    INSTANCE_SLEPT("instance_slept"),
    INSTANCE_WOKEN("instance_woken"),
    INSTANCE_DESTROYED("instance_destroyed"),
    /// A program in an instance.
    INSTANCE_EXEC("instance_exec"),
    /// Somebody reads what an instance has printed.
    INSTANCE_LOGS("instance_logs"),
    SNAPSHOT_CREATED("snapshot_created"),
    /// A snapshot was run from, and used up by it.
    SNAPSHOT_RESTORED("snapshot_restored"),
    /// A snapshot was removed without having been run from.
    SNAPSHOT_DELETED("snapshot_deleted"),
    QUOTA_EXCEEDED("quota_exceeded"),
    /// A state has a newer version of a key of purpose `secrets`.
    SECRETS_ROTATED("secrets_rotated"),
    /// A state has a newer version of another key.
    KEY_ROTATED("key_rotated"),
    NETWORK_SET_UP("network_set_up"),
    /// The last line of the audit was torn, as by a crash, and cut off.
    AUDIT_MENDED("audit_mended"),
    /// The oldest records were removed because they were too old or too many.
    AUDIT_RETIRED("audit_retired");

    private final String word;

    TenantEvent(String word) {
        this.word = word;
    }

    /// Returns the word in records.
    public String word() {
        return word;
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
