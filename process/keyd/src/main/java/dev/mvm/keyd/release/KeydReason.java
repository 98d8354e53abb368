package dev.mvm.keyd.release;

/// Reasons of keyd's own for which a request, or one tenant of it, is refused. Refusals of a document have the reasons
/// of
/// documents. The codes are stable: metric labels, audit entries, answers.
public enum KeydReason {
    /// No node document.
    NODE_UNKNOWN("node_unknown", false),
    /// The newest node document has no identity key.
    NODE_REVOKED("node_revoked", true),
    /// The newest node document has expired.
    NODE_EXPIRED("node_expired", false),
    /// No grant of the tenant.
    GRANT_UNKNOWN("grant_unknown", false),
    /// The tenant's newest grant has expired.
    GRANT_EXPIRED("grant_expired", false),
    /// The tenant's newest grant has not begun.
    GRANT_NOT_BEGUN("grant_not_begun", false),
    /// The newest trust root has expired.
    ROOT_EXPIRED("root_expired", false),
    /// A statement that is no answer to the open challenge of its node.
    CHALLENGE_UNKNOWN("challenge_unknown", true),
    /// The challenge was answered too late.
    CHALLENGE_EXPIRED("challenge_expired", false),
    /// A statement that its node's identity key has not signed.
    STATEMENT_FORGED("statement_forged", true),
    /// A statement for another fleet.
    WRONG_FLEET("wrong_fleet", true),
    /// A boot that another has followed, or any boot of a node for which one such has spoken.
    BOOT_RETIRED("boot_retired", true),
    /// A boot that operators have to admit first.
    BOOT_NOT_ADMITTED("boot_not_admitted", false),
    /// The tenant is not in the node's signed state.
    NOT_PLACED("not_placed", true),
    /// A state that is older than one that was shown before, or has expired.
    STATE_STALE("state_stale", true),
    /// The tenant's grant releases nothing to this node.
    NOT_RELEASED_HERE("not_released_here", true),
    /// As many nodes as the grant allows have the tenant's keys.
    NODE_LIMIT("node_limit", true),
    /// The node has keys of as many tenants as its document allows.
    TENANT_LIMIT("tenant_limit", true),
    /// Too many new pairs of tenant and node within the hour.
    RATIONED("rationed", true),
    /// The grant demands evidence, and the node has sent none.
    ATTESTATION_MISSING("attestation_missing", true),
    /// Evidence that does not show what the grant demands.
    ATTESTATION_FAILED("attestation_failed", true),
    /// A restored keyd that has not been told to go on.
    HELD("held", false),
    /// keyd's store is an old copy.
    STORE_BEHIND("store_behind", true),
    /// No such key.
    KEY_UNKNOWN("key_unknown", false),
    /// The key was rotated less than an hour ago.
    TOO_SOON("too_soon", false),
    /// A standby only seals.
    STANDBY("standby", false),
    /// The master key cannot be asked.
    MASTER_UNREACHABLE("master_unreachable", false),
    /// The user at the other end may not ask this, or not at this socket.
    WRONG_PEER("wrong_peer", true),
    /// More connections than are served at a time.
    TOO_MANY_CONNECTIONS("too_many_connections", false),
    /// A tenant whose keys are destroyed for good.
    TOMBSTONED("tombstoned", true),
    /// The newest trust root does not give this keyd's key the role `keys`.
    NOT_THE_KEY_SERVICE("not_the_key_service", false),
    /// Nothing can be encrypted to the statement's key.
    BAD_SEALING_KEY("bad_sealing_key", true),
    /// A blob has no room for more keys.
    BLOB_FULL("blob_full", false);

    private final String code;
    private final boolean alarm;

    KeydReason(String code, boolean alarm) {
        this.code = code;
        this.alarm = alarm;
    }

    /// The stable code.
    public String code() {
        return code;
    }

    /// Returns whether somebody should look at it at once: an honest coordinator does not cause it.
    public boolean alarm() {
        return alarm;
    }
}
