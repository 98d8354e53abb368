package dev.mvm.protocol.trust;

/// Reasons for refusing a document. The codes are stable: they are metric labels, audit entries and what tests and
/// operators look for.
public enum DocumentReason {
    /// Larger than a document of its kind may be.
    TOO_LARGE("too_large"),
    /// Not an envelope, or not the document that its type says.
    MALFORMED("malformed"),
    /// An envelope of another kind of document.
    WRONG_TYPE("wrong_type"),
    /// No signature at all.
    UNSIGNED("unsigned"),
    /// A signature by a key of the role does not verify.
    BAD_SIGNATURE("bad_signature"),
    /// Signed, but by no key that has the role.
    UNTRUSTED_KEY("untrusted_key"),
    /// Signed by fewer distinct keys than the role demands.
    BELOW_THRESHOLD("below_threshold"),
    /// Not the root that was pinned at installation.
    NOT_THE_PINNED_ROOT("not_the_pinned_root"),
    /// A root whose version is not the one after the current.
    ROOT_VERSION("root_version"),
    /// The trust root itself has expired.
    ROOT_EXPIRED("root_expired"),
    /// Past its expiry.
    EXPIRED("expired"),
    /// Before its first moment, or issued in the future.
    NOT_YET_VALID("not_yet_valid"),
    /// Made for another fleet.
    WRONG_FLEET("wrong_fleet"),
    /// Made for another node.
    WRONG_NODE("wrong_node"),
    /// An older sequence number than one already taken.
    REPLAYED("replayed"),
    /// The same sequence number, or the same version of a tenant's grant, with other content.
    EQUIVOCATION("equivocation"),
    /// The next sequence number, but chained to another predecessor.
    BROKEN_CHAIN("broken_chain"),
    /// Two tenants share a name, a net id or addresses.
    NETWORK_CONFLICT("network_conflict"),
    /// A tenant without a grant that the document relies on.
    NO_GRANT("no_grant"),
    /// Relies on a grant that a newer one has replaced.
    GRANT_SUPERSEDED("grant_superseded"),
    /// A version of a node document that is not above the one in force.
    NODE_SUPERSEDED("node_superseded"),
    /// Another net id or subnet than granted.
    BEYOND_GRANT_NETWORK("beyond_grant_network"),
    /// A quota above the granted one.
    BEYOND_GRANT_QUOTA("beyond_grant_quota"),
    /// A pool that was not granted.
    BEYOND_GRANT_POOL("beyond_grant_pool"),
    /// A revision that was not granted.
    BEYOND_GRANT_REVISION("beyond_grant_revision"),
    /// Instances larger than granted.
    BEYOND_GRANT_RESOURCES("beyond_grant_resources"),
    /// Rates above the granted ones.
    BEYOND_GRANT_RATES("beyond_grant_rates"),
    /// A tenant that only nodes in another mode may have.
    BEYOND_GRANT_MODE("beyond_grant_mode"),
    /// More or fewer instances than granted.
    BEYOND_GRANT_COUNT("beyond_grant_count"),
    /// A flag that was not granted.
    BEYOND_GRANT_FLAG("beyond_grant_flag"),
    /// A key, or a key's purpose, that was not granted.
    BEYOND_GRANT_KEY("beyond_grant_key"),
    /// A version of a key that the grant has revoked.
    KEY_REVOKED("key_revoked"),
    /// An older version of a key than one that was taken.
    KEY_SUPERSEDED("key_superseded"),
    /// Another key under a version than the one that had it before.
    KEY_EQUIVOCATION("key_equivocation"),
    /// A challenge to a node that has no identity key.
    NO_NODE_KEY("no_node_key"),
    /// A challenge or a blob that is not this node's, or a blob to no statement of its.
    KEY_NOT_VOUCHED("key_not_vouched"),
    /// Counts and sizes that do not fit the document's own quotas.
    OVER_QUOTA("over_quota"),
    /// A state without a proof that it is in the log.
    NOT_LOGGED("not_logged"),
    /// A proof that does not show the state to be in the log.
    LOG_PROOF("log_proof"),
    /// A log that is not shown to continue the one that was known: somebody may have been told something else.
    LOG_INCONSISTENT("log_inconsistent"),
    /// A log with fewer states than it had.
    LOG_ROLLBACK("log_rollback");

    private final String code;

    DocumentReason(String code) {
        this.code = code;
    }

    /// The stable code, such as `beyond_grant_count`.
    public String code() {
        return code;
    }
}
