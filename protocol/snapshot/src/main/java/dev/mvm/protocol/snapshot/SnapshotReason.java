package dev.mvm.protocol.snapshot;

/// Reasons for a snapshot that was not opened or not made. The codes are stable.
public enum SnapshotReason {
    /// More than a manifest, a stream or a page map may be.
    TOO_LARGE("too_large"),
    /// Not a manifest.
    MALFORMED("malformed"),
    /// A snapshot of another tenant.
    WRONG_TENANT("wrong_tenant"),
    /// A snapshot of another pool.
    WRONG_POOL("wrong_pool"),
    /// A snapshot of another instance.
    WRONG_INSTANCE("wrong_instance"),
    /// A snapshot of another epoch than the one that may be woken.
    WRONG_EPOCH("wrong_epoch"),
    /// Wrapped under another key, or another version of it, than the one at hand.
    WRONG_KEY("wrong_key"),
    /// The data key does not open: not this tenant's key, or not the manifest that was sealed.
    NOT_OPENED("not_opened"),
    /// A stream that opens, and is not the one that the manifest names.
    WRONG_STREAM("wrong_stream"),
    /// A stream that was not sealed with this key, for this place in this snapshot.
    COMMITMENT("commitment"),
    /// A stream of a length that it was not sealed with.
    TRUNCATED("truncated"),
    /// A chunk that is not the one that was sealed there.
    ALTERED("altered"),
    /// A page map that contradicts itself or its guest.
    PAGE_MAP("page_map"),
    /// A difference without its base, or with another.
    WRONG_BASE("wrong_base"),
    /// A piece of memory outside of the guest, with part of a page, or with a page that came before.
    BAD_PIECE("bad_piece");

    private final String code;

    SnapshotReason(String code) {
        this.code = code;
    }

    /// The stable code, such as `wrong_epoch`.
    public String code() {
        return code;
    }
}
