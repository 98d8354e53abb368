package dev.mvm.protocol.trust;

import java.util.Locale;

/// Why a document was not believed. The codes are stable: they are metric labels, audit entries and what tests and
/// operators look for.
public enum Reason {
    /// Larger than a document of its kind may be.
    TOO_LARGE,
    /// Not an envelope, or not the document that its type says.
    MALFORMED,
    /// An envelope of another kind of document.
    WRONG_TYPE,
    /// No signature at all.
    UNSIGNED,
    /// A signature by a key of the role does not verify.
    BAD_SIGNATURE,
    /// Signed, but by no key that has the role.
    UNTRUSTED_KEY,
    /// Signed by fewer distinct keys than the role demands.
    BELOW_THRESHOLD,
    /// Not the root that was pinned at installation.
    NOT_THE_PINNED_ROOT,
    /// A root whose version is not the one after the current.
    ROOT_VERSION,
    /// The trust root itself has expired.
    ROOT_EXPIRED,
    /// Past its expiry.
    EXPIRED,
    /// Before its first moment, or issued in the future.
    NOT_YET_VALID,
    /// Made for another node.
    WRONG_NODE,
    /// An older sequence number than one already taken.
    REPLAYED,
    /// The same sequence number, or the same version of a tenant's grant, with other content.
    EQUIVOCATION,
    /// The next sequence number, but chained to another predecessor.
    BROKEN_CHAIN,
    /// Two tenants share a name, a net id or addresses.
    NETWORK_CONFLICT,
    /// A tenant without a grant that the document relies on.
    NO_GRANT,
    /// Relies on a grant that a newer one has replaced.
    GRANT_SUPERSEDED,
    /// Another net id or subnet than granted.
    BEYOND_GRANT_NETWORK,
    /// A quota above the granted one.
    BEYOND_GRANT_QUOTA,
    /// A pool that was not granted.
    BEYOND_GRANT_POOL,
    /// A revision that was not granted.
    BEYOND_GRANT_REVISION,
    /// Instances larger than granted.
    BEYOND_GRANT_RESOURCES,
    /// More or fewer instances than granted.
    BEYOND_GRANT_COUNT,
    /// A flag that was not granted.
    BEYOND_GRANT_FLAG,
    /// A key, or a key's purpose, that was not granted.
    BEYOND_GRANT_KEY,
    /// A version of a key that the grant has revoked.
    KEY_REVOKED,
    /// An older version of a key than one that was taken.
    KEY_SUPERSEDED,
    /// A key that does not open: sealed for another node, tenant, purpose, key or version, or altered.
    KEY_NOT_OPENED,
    /// A state with keys for a node that has no key of its own.
    NO_NODE_KEY,
    /// Counts and sizes that do not fit the document's own quotas.
    OVER_QUOTA,
    /// A state without a proof that it is in the log.
    NOT_LOGGED,
    /// A proof that does not show the state to be in the log.
    LOG_PROOF,
    /// A log that is not shown to continue the one that was known: somebody may have been told something else.
    LOG_INCONSISTENT,
    /// A log with fewer states than it had.
    LOG_ROLLBACK;

    /// The stable code, such as `beyond_grant_count`.
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
